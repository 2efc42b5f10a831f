import { AppError } from '@parallax/core';
import { checkedKey, keyProblem } from '../../key.ts';
import type { Spot } from './client.ts';
import type { SwiftConfig } from './config.ts';

/** Holds the store's uuid, in the container of the configuration. */
const MARKER = '.parallax-store';
/** Objects without bytes, one per unfinished write: `.unfinished/KEY/SESSION`. */
export const UNFINISHED = '.unfinished/';
/** Accounts that hold blobs of a multi-tenant store: `.owners/ACCOUNT`, without bytes. */
export const OWNERS = '.owners/';
/** Object names have at most 1024 bytes, and those of segments are this much longer than the key. */
const SEGMENT_SUFFIX_BYTES = '/'.length + 32 + '/'.length + 6;
const MAX_KEY_BYTES = 1024 - SEGMENT_SUFFIX_BYTES - UNFINISHED.length;
const SESSION = /^[0-9a-f]{32}$/;
const MAX_CONTAINER_BYTES = 256;

/** Where the blob of a key lies, and what belongs to it. */
export interface BlobSpot {
  readonly key: string;
  readonly blob: Spot & { readonly object: string };
  /** Segments are `SEGMENTS/PREFIX SESSION/INDEX`. */
  readonly segments: Spot;
  readonly prefix: string;
}

/** Names in one store, from its configuration and nothing else. */
export class Names {
  readonly container: string;
  /** Segments of all blobs (unless multi-tenant) and what is known of unfinished writes. */
  readonly segmentsContainer: string;
  readonly isMultiTenant: boolean;

  constructor(config: SwiftConfig) {
    this.container = config.container;
    this.segmentsContainer = config.segments_container ?? `${config.container}_segments`;
    this.isMultiTenant = config.multi_tenant ?? false;
  }

  get marker(): Spot {
    return { container: this.container, object: MARKER };
  }

  unfinished(key: string, session: string): Spot {
    return { container: this.segmentsContainer, object: `${UNFINISHED}${key}/${session}` };
  }

  /** `accountOf` is asked in a multi-tenant store only. `invalid_request` for keys that cannot be. */
  spot(key: string, accountOf: (owner: string) => string): BlobSpot {
    const problem = this.problem(checkedKey(key));
    if (problem !== undefined) throw new AppError('invalid_request', `the key ${problem}`);
    if (!this.isMultiTenant) {
      return {
        key,
        blob: { container: this.container, object: key },
        segments: { container: this.segmentsContainer },
        prefix: `${key}/`,
      };
    }
    const { owner, name } = parted(key);
    const at = { account: accountOf(owner), container: `${this.container}_${name}` };
    return { key, blob: { ...at, object: name }, segments: at, prefix: `${name}/` };
  }

  isKey(key: string): boolean {
    return keyProblem(key) === undefined && this.problem(key) === undefined;
  }

  problem(key: string): string | undefined {
    if (key === MARKER) return 'is that of the identity marker';
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
    if (!this.isMultiTenant) return undefined;
    const { owner, name } = parted(key);
    // An ACL holds for a container, so that every blob has one.
    if (owner === '' || name === '' || name.includes('/')) return 'is not OWNER/NAME';
    return Buffer.byteLength(`${this.container}_${name}`) > MAX_CONTAINER_BYTES
      ? 'is too long for the name of a container'
      : undefined;
  }
}

export function isSession(text: string): boolean {
  return SESSION.test(text);
}

export function segmentName(prefix: string, session: string, index: number): string {
  return `${prefix}${session}/${String(index).padStart(6, '0')}`;
}

function parted(key: string): { readonly owner: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { owner: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) };
}
