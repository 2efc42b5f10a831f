import { AppError, type CallOptions, isAppError } from '@parallax/core';
import type { Spot, SwiftClient } from './client.ts';
import { type BlobSpot, type Names, OWNERS } from './key.ts';
import { accountOf } from './location.ts';

export interface TouchOptions extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes an object without bytes into the container for segments. `unavailable` without the container. */
export async function touch(client: SwiftClient, at: Spot, o: TouchOptions): Promise<void> {
  const headers = {
    ...o.headers,
    'content-length': '0',
    'content-type': 'application/octet-stream',
  };
  const call = { method: 'PUT', at, headers, signal: o.signal } as const;
  await client.ask(call, 'beginning', [201]).catch((cause: unknown) => {
    if (!isAppError(cause, 'not_found')) throw cause;
    throw new AppError('unavailable', 'the container for segments is missing', { cause });
  });
}

/** Containers of single blobs in their owners' accounts; in a store that is not multi-tenant there are none. */
export class OwnedContainers {
  readonly #client: SwiftClient;
  readonly #names: Names;

  constructor(client: SwiftClient, names: Names) {
    this.#client = client;
    this.#names = names;
  }

  async make({ key, blob }: BlobSpot, o: CallOptions): Promise<void> {
    if (!this.#names.isMultiTenant) return;
    const owner = key.slice(0, key.indexOf('/'));
    // First the entry by which the account is listed.
    const entry = { container: this.#names.segmentsContainer, object: OWNERS + owner };
    await touch(this.#client, entry, o);
    const at = { account: blob.account, container: blob.container };
    const call = { method: 'PUT', at, signal: o.signal } as const;
    await this.#client.ask(call, 'making a container', [201, 202]);
  }

  async drop({ blob }: BlobSpot, o: CallOptions): Promise<void> {
    if (!this.#names.isMultiTenant) return;
    const at = { account: blob.account, container: blob.container };
    const call = { method: 'DELETE', at, signal: o.signal } as const;
    // 409: another write of the key has segments there.
    await this.#client.ask(call, 'deleting a container', [204, 404, 409]);
  }
}

/** Accounts of one Swift differ by what follows the reseller prefix. */
export function ownerAccount(storageUrl: string, owner: string): string {
  return resellerPrefix(storageUrl) + owner;
}

/** `AUTH_`, mostly. */
export function resellerPrefix(storageUrl: string): string {
  const own = accountOf(storageUrl);
  return own.slice(0, own.lastIndexOf('_') + 1);
}
