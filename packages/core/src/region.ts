import type { StoreKind } from './store.ts';

/** A named site with its own gateways, workers and stores. */
export interface Region {
  readonly id: string;
}

export type StoreReach = 'region' | 'anywhere';
export type StoreState = 'new' | 'up' | 'down' | 'accepting';

/** What every process knows of every store, whether it may open it or not. */
export interface StoreFacts {
  readonly id: string;
  readonly region: string;
  readonly kind: StoreKind;
  readonly reach: StoreReach;
  readonly description: string | null;
  /** Greater is preferred, as in Glance. */
  readonly weight: number;
  /** The order in which stores were defined. */
  readonly position: number;
  /** New images go here when a client of its region names no store. */
  readonly isDefault: boolean;
  readonly readOnly: boolean;
  /** Before the image id in object keys of s3 and swift; `{owner}` in it is the image's project. */
  readonly keyPrefix: string;
  /** uuid of the marker object; null before first use. */
  readonly identity: string | null;
  readonly state: StoreState;
  readonly stateReason: string | null;
}

/** A running process, as others find it for reads and writes in its regions. */
export interface Node {
  readonly id: string;
  readonly role: 'gateway' | 'worker';
  readonly regions: readonly string[];
  /** Base URL of its internal listener. */
  readonly url: string;
  /** Stores it can open: a file store that is not shared is listed by one node only. */
  readonly stores: readonly string[];
}

/** True when new objects may be written to the store. */
export function isWritable(store: StoreFacts): boolean {
  return store.state === 'up' && !store.readOnly && store.kind !== 'http';
}

/** What a key is made of; `owner` is asked for by prefixes with `{owner}` only. */
export interface KeyedImage {
  readonly id: string;
  readonly owner: string | null;
}

const OWNER = '{owner}';
/** Where images without an owner go. */
const NOBODY = 'none';

/** The key of attempt `attempt` (an intent's id, so it never repeats) to store an image: design §4. */
export function objectKey(
  store: Pick<StoreFacts, 'kind' | 'keyPrefix'>,
  { id: imageId, owner }: KeyedImage,
  attempt: number,
): string {
  switch (store.kind) {
    case 'file':
      return `${imageId.slice(0, 2).toLowerCase()}/${imageId}.${attempt}`;
    case 'rbd':
      return `${imageId}.${attempt}`;
    case 'glance':
      return imageId;
    case 's3':
    case 'swift':
    case 'http':
    case 'cinder':
      return `${store.keyPrefix.replaceAll(OWNER, owner ?? NOBODY)}${imageId}.${attempt}`;
  }
}
