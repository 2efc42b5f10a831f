import type { Readable } from 'node:stream';
import type { Image } from './image.ts';

export type StoreKind = 'file' | 's3' | 'swift' | 'rbd' | 'http' | 'cinder' | 'glance';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}
/** Half-open: `end` is the first byte not wanted; absent = to the end. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number | undefined;
}
export interface ReadOptions extends CallOptions {
  readonly range?: ByteRange;
}
export interface OpenOptions extends CallOptions {
  /** The bytes are wanted once: they need not push others out of a cache, and shall come from the medium where that can be told. */
  readonly uncached?: boolean | undefined;
}
export interface BlobStat {
  readonly size: number;
  readonly etag?: string;
  readonly modifiedAt?: Date;
}
/** `size` is that of the whole blob, whatever the range. */
export interface BlobRead extends BlobStat {
  readonly body: Readable;
  /** Nobody else looks at the body's chunks once they are read: whoever reads them may give their memory back. */
  readonly unshared?: true | undefined;
}
/** Positional reads of one open blob. Reads may overlap in time. */
export interface BlobHandle {
  readonly size: number;
  /** Fills `into` from `position`; returns the bytes read, fewer only at the end of the blob. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}
export interface BlobWritten {
  readonly key: string;
  readonly size: number;
  readonly proof: 'sent' | 'stored';
}
/** What one part left behind in the store; kept in the intent row, so that a resumed write knows it. */
export interface PartReceipt {
  readonly index: number;
  readonly bytes: number;
  readonly etag?: string;
  readonly digest?: string;
}
export interface Digest {
  readonly algorithm: string;
  readonly hex: string;
}

export type StoreCapability =
  | 'attemptKeys'
  | 'evict'
  | 'holes'
  | 'serverSideCopy'
  | 'presign'
  | 'storedDigest'
  | 'marker';
/**
 * `storedDigest`: each part's digest as the store computed it was compared with ours, so `commit` proves `stored`.
 * `marker`: the place can keep its identity (all but `http`, which has no place of its own).
 */
export interface StoreCapabilities extends Readonly<Record<StoreCapability, boolean>> {
  readonly maxObjectBytes?: number;
}

/** What a store that keeps records or access lists of its own is told of the image whose bytes it holds. */
export interface BlobSubject {
  readonly image: Image;
  /** Project ids of all members, whatever they answered. */
  readonly members: readonly string[];
}
export interface BeginOptions extends CallOptions {
  /** Of the whole blob, when it is known before the first byte. */
  readonly size?: number | undefined;
  /** Needed by kinds that keep a record of the image (`glance`) or part objects by owner; others do not look. */
  readonly subject?: BlobSubject | undefined;
}

export interface BlobEntry {
  readonly key: string;
  readonly size: number;
  /** Not committed: an unfinished write. `session` resumes or aborts it. */
  readonly partial: boolean;
  readonly session?: string;
  readonly modifiedAt?: Date;
}

/** A place for bytes. Every call may fail with `unavailable`, `store_failed` or `cancelled`; other codes are named. */
export interface Store {
  /** The operator's name for it, unique in the deployment. */
  readonly id: string;
  readonly kind: StoreKind;
  readonly capabilities: StoreCapabilities;
  /** The marker's uuid, or undefined when the place is there but has no marker. `unavailable` when the place itself is missing. */
  readIdentity(o?: CallOptions): Promise<string | undefined>;
  /** Writes the marker where there is none (and makes the place if it is missing). `conflict` when another marker is there. */
  writeIdentity(uuid: string, o?: CallOptions): Promise<void>;
  stat(key: string, o?: CallOptions): Promise<BlobStat>; // not_found
  /** Any range, on every kind. `not_found`, `range_not_satisfiable` (start beyond the end). */
  open(key: string, o?: ReadOptions): Promise<BlobRead>;
  /** Kinds that fill the caller's buffer (file, rbd): the fast path. `not_found`. */
  openAt?(key: string, o?: OpenOptions): Promise<BlobHandle>;
  /** Nothing is visible under `key` before commit. `conflict` if the key exists, `no_space`. */
  begin(key: string, o?: BeginOptions): Promise<BlobWriter>;
  /** Goes on with an unfinished write, also one of a dead process. `not_found` if the store forgot it. */
  resume(key: string, session: string, o?: CallOptions): Promise<BlobWriter>;
  /** Removes the blob and any unfinished write of the key. Idempotent; `in_use`. */
  remove(key: string, o?: CallOptions): Promise<void>;
  /** Blobs and unfinished writes in key order, without the marker. */
  list(
    o?: { readonly prefix?: string; readonly after?: string } & CallOptions,
  ): AsyncIterable<BlobEntry>;
  /**
   * Present iff `serverSideCopy`: a whole, independent copy of the blob that `toUrl` of a store in the same cluster names, made
   * without its bytes passing through us. Undefined, and nothing written, when that blob is out of its reach. Create-only, as `begin`;
   * what an interrupted call leaves behind is removed by `remove` of the key. `conflict`, `not_found`, `no_space`.
   */
  copyFrom?(key: string, fromUrl: string, o?: CallOptions): Promise<BlobWritten | undefined>;
  /** Kinds that keep a record or an access list of the image: brings it in step. Idempotent; `not_found` when the blob is gone. */
  describe?(key: string, subject: BlobSubject, o?: CallOptions): Promise<void>;
  /** Present iff `presign`. */
  presign?(key: string, ttlSeconds: number): Promise<URL>;
  /** Glance's location URL; never a credential. */
  toUrl(key: string): string;
  /** The key behind a location URL of this store, else undefined. */
  fromUrl(url: string): string | undefined;
  /** Bytes free for new blobs, when the place can tell. */
  freeBytes?(o?: CallOptions): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface WriterLayout {
  /** `any`: parts may come in any order and side by side. */
  readonly order: 'any' | 'sequential';
  /** Bytes of part `index`, a whole number of chunks; the last part of a blob may be shorter. */
  partBytes(index: number): number;
  /** Where every `writeAt` costs a round trip: bytes of one that is worth it, from a multiple of them on. */
  readonly writeBytes?: number;
  /** An unfinished write can already be read by its ledger. */
  readonly readablePartial: boolean;
}

export interface BlobWriter {
  /** Opaque; saved in the intent row before the first byte. */
  readonly session: string;
  readonly layout: WriterLayout;
  /** One whole part, durable as far as the kind can. `no_space`. */
  put(index: number, bytes: readonly Uint8Array[], o?: CallOptions): Promise<PartReceipt>;
  /** Kinds that take bytes at any offset (file, rbd, relay): no part need be gathered. With `order: 'sequential'`, in order only. */
  writeAt?(position: number, bytes: readonly Uint8Array[], o?: CallOptions): Promise<void>;
  /** Present iff `holes`: `bytes` zero bytes from `position`, without sending them. */
  hole?(position: number, bytes: number): Promise<void>;
  /** Everything written so far survives a power cut, where the kind has such a call. */
  sync?(): Promise<void>;
  /** What the store itself says it has. */
  parts(): Promise<readonly PartReceipt[]>;
  /** Reads back what `writeAt` wrote, before commit; present iff `readablePartial`. */
  readAt?(into: Uint8Array, position: number): Promise<number>;
  /** Durable, then visible. `integrity_mismatch` when size or digest differ (nothing becomes visible), `conflict` when the key came to exist. */
  commit(
    receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten>;
  /** Leaves nothing behind. Idempotent. */
  abort(): Promise<void>;
  /** Lets go of handles and keeps what was written, for a later `resume`. */
  detach(): Promise<void>;
}

/** One per kind: from configuration to a store. */
export interface StoreDriver<Config> {
  readonly kind: StoreKind;
  /** `invalid_request` naming the bad field. */
  parseConfig(input: unknown): Config;
  /** What may be shown or logged. */
  redact(config: Config): Readonly<Record<string, unknown>>;
  /** What an operator should know of a definition that is valid but weak; each is logged when the store is opened. */
  cautions?(config: Config): readonly string[];
  create(id: string, config: Config): Promise<Store>;
}
/** Outermost first: telemetry(breaker(retry(timeout(limit(store))))). */
export type StoreLayer = (inner: Store) => Store;
/** The stores this process may open. */
export interface StoreRegistry {
  find(id: string): Store | undefined;
  list(): readonly Store[];
}
