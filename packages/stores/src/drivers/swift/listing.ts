import { AppError, type CallOptions } from '@parallax/core';
import type { Spot, SwiftClient } from './client.ts';

/** A line of a listing (`GET container?format=json`): an object, or a container of an account. */
export interface Listed {
  readonly name: string;
  readonly bytes: number;
  /** md5 of an object, as the container knows it. */
  readonly hash: string;
  readonly modifiedAt: Date;
}
export interface ListingOptions extends CallOptions {
  readonly prefix?: string;
  /** Exclusive. */
  readonly after?: string;
  /** Whose containers to list, when no container is given. */
  readonly account?: string;
}

/** Everything below `prefix`, page by page, in the byte order of names. `not_found` without the container. */
export async function* listing(
  client: SwiftClient,
  at: Spot | undefined,
  o: ListingOptions,
): AsyncGenerator<Listed> {
  let marker = o.after ?? '';
  for (;;) {
    const query = { format: 'json', prefix: o.prefix ?? '', marker };
    const answer = await client.send({
      method: 'GET',
      at,
      account: o.account,
      query,
      signal: o.signal,
    });
    if (answer.status === 204) {
      await client.end(answer);
      return;
    }
    if (answer.status !== 200) throw await client.refusal(answer, 'listing');
    const page = parsePage(await client.text(answer));
    const last = page.at(-1);
    if (last === undefined) return;
    // A store that repeats itself would keep us here for ever.
    if (last.name === marker) throw new AppError('store_failed', 'swift repeats its listing');
    yield* page;
    marker = last.name;
  }
}

function parsePage(text: string): readonly Listed[] {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (cause) {
    throw new AppError('unavailable', 'swift lists no JSON', { cause });
  }
  if (!Array.isArray(page)) throw new AppError('unavailable', 'swift lists no list');
  // Lines with `subdir` come only with a delimiter, which is not used.
  return page.map((line: Readonly<Record<string, unknown>>) => ({
    name: String(line['name']),
    bytes: Number(line['bytes']),
    hash: String(line['hash']),
    modifiedAt: new Date(`${String(line['last_modified'])}Z`),
  }));
}
