import type { Engine, ManifestReader, Source } from '@parallax/bytes';
import type {
  BlobHandle,
  BlobWriter,
  Deployment,
  ImageId,
  Intent,
  Location,
  StoreFacts,
  StoreRegistry,
  UseCaseContext,
} from '@parallax/core';

/** How this process reaches bytes: in its own stores, or through a node of the store's region. */
export interface BytesAccess {
  readonly engine: Engine;
  manifest(imageId: ImageId): ManifestReader;
  /** Ways to read the copy, best first: here, or through each of a few live nodes of the store's region. Empty when nobody can open the store. */
  sources(location: Location): readonly Source[];
  /** A writer for the intent's object, here or on a node of the store's region. `unavailable` when nobody can open the store. */
  begin(
    store: StoreFacts,
    intent: Intent,
    o: { readonly size: number | undefined; readonly signal: AbortSignal },
  ): Promise<BlobWriter>;
  /** What was committed for an intent, before anybody else can see it. */
  openWritten(store: StoreFacts, intent: Intent, signal: AbortSignal): Promise<BlobHandle>;
}

/** What the use cases of a request run with. */
export interface ServiceContext extends UseCaseContext {
  readonly bytes: BytesAccess;
}

/** What a worker's jobs run with: no user, every row. */
export interface WorkerContext extends Deployment {
  /** Every store of the region in this process's configuration: for checking them. `stores` has only those whose marker it has seen. */
  readonly configured: StoreRegistry;
  readonly bytes: BytesAccess;
  /** Identifies the machine's boot: a ledger of another one is re-read before it is believed. */
  readonly bootId: string;
  /** Parallel chunk streams per copy. */
  readonly copyStreams: number;
  random(): number;
}

/** Either of the two. */
export type AnyContext = Deployment & { readonly bytes: BytesAccess };
