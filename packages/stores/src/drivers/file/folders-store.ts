import {
  AppError,
  type BeginOptions,
  type BlobEntry,
  type BlobRead,
  type BlobStat,
  type BlobWriter,
  type CallOptions,
  isAppError,
  type OpenOptions,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { exclusiveWriter } from './exclusive-writer.ts';
import type { FileBlobHandle } from './handle.ts';
import type { ListOptions } from './list.ts';
import { mergeLists } from './merge-lists.ts';
import type { FileStore } from './store.ts';

export interface WeightedFolder {
  readonly store: FileStore;
  readonly weight: number;
}

/**
 * One store over several root folders, as Glance's `filesystem_store_datadirs`: a new blob goes to the folder of the greatest weight
 * where it fits, among equals to the one with most room; it is found in any. Every folder has the store's marker, and while
 * one is away nothing is written and no blob is said to be missing.
 */
export class FoldersStore implements Store {
  readonly id: string;
  readonly kind = 'file';
  readonly capabilities;
  readonly #folders: readonly WeightedFolder[];
  readonly #first: FileStore;

  /** `folders` has at least one, and none is inside another. */
  constructor(id: string, folders: readonly WeightedFolder[]) {
    const [first] = folders;
    if (first === undefined) throw new AppError('invalid_request', 'the store has no folder');
    this.id = id;
    this.#folders = folders;
    this.#first = first.store;
    this.capabilities = first.store.capabilities;
  }

  /** That of all folders; undefined when one has none, or another. */
  async readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    const found = await Promise.all(this.#stores().map((store) => store.readIdentity(o)));
    return found.every((uuid) => uuid === found[0]) ? found[0] : undefined;
  }

  async writeIdentity(uuid: string, o: CallOptions = {}): Promise<void> {
    // One after another: what a crash leaves is gone on with, as the same uuid may be written again.
    for (const store of this.#stores()) await store.writeIdentity(uuid, o);
  }

  stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    return this.#inAny((store) => store.stat(key, o));
  }

  open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    return this.#inAny((store) => store.open(key, o));
  }

  openAt(key: string, o: OpenOptions = {}): Promise<FileBlobHandle> {
    return this.#inAny((store) => store.openAt(key, o));
  }

  async begin(key: string, o: BeginOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    this.toUrl(key);
    await this.#requirePlaces();
    if (await this.#isIn(this.#stores(), key)) throw new AppError('conflict', 'the key exists');
    const store = await this.#choose(o);
    return this.#writer(store, key, await store.begin(key, o));
  }

  resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    return this.#inAny(async (store) => {
      return this.#writer(store, key, await store.resume(key, session, o));
    });
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    this.toUrl(key);
    await this.#requirePlaces();
    for (const store of this.#stores()) await store.remove(key, o);
  }

  async *list(o: ListOptions = {}): AsyncGenerator<BlobEntry> {
    await this.#requirePlaces();
    yield* mergeLists(this.#stores().map((store) => store.list(o)));
    await this.#requirePlaces();
  }

  /** Names the first folder, wherever the blob is: no call that asks a disk may be waited for here. */
  toUrl(key: string): string {
    return this.#first.toUrl(key);
  }

  fromUrl(url: string): string | undefined {
    for (const store of this.#stores()) {
      const key = store.fromUrl(url);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** The most that one blob may take: it lies in one folder. */
  async freeBytes(o: CallOptions = {}): Promise<number> {
    return Math.max(...(await Promise.all(this.#stores().map((store) => store.freeBytes(o)))));
  }

  async close(): Promise<void> {
    for (const store of this.#stores()) await store.close();
  }

  #stores(): readonly FileStore[] {
    return this.#folders.map(({ store }) => store);
  }

  async #requirePlaces(): Promise<void> {
    await Promise.all(this.#stores().map((store) => store.requirePlace()));
  }

  #writer(store: FileStore, key: string, inner: BlobWriter): BlobWriter {
    const others = this.#stores().filter((other) => other !== store);
    return exclusiveWriter(inner, {
      isElsewhere: () => this.#isIn(others, key),
      takeBack: () => store.remove(key),
    });
  }

  /** What the first folder that has it answers. Missing means missing in all: a folder that is away may have it. */
  async #inAny<T>(ask: (store: FileStore) => Promise<T>): Promise<T> {
    let failure: AppError | undefined;
    for (const store of this.#stores()) {
      try {
        return await ask(store);
      } catch (error) {
        if (!isAppError(error)) throw error;
        if (!isAppError(error, 'not_found', 'unavailable')) throw error;
        if (failure === undefined || error.code === 'unavailable') failure = error;
      }
    }
    throw failure ?? new AppError('not_found', 'no such blob');
  }

  async #isIn(stores: readonly FileStore[], key: string): Promise<boolean> {
    for (const store of stores) {
      try {
        await store.stat(key);
        return true;
      } catch (error) {
        if (!isAppError(error, 'not_found')) throw error;
      }
    }
    return false;
  }

  async #choose({ size = 0, signal }: BeginOptions): Promise<FileStore> {
    const folders = await Promise.all(
      this.#folders.map(async (folder) => ({
        ...folder,
        free: await folder.store.freeBytes({ signal }),
      })),
    );
    const [best] = folders
      .filter(({ free }) => free >= size)
      .sort((a, b) => b.weight - a.weight || b.free - a.free);
    if (best === undefined) {
      throw new AppError('no_space', 'the blob fits in no folder of the store');
    }
    return best.store;
  }
}
