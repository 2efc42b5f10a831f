import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AppError,
  type BlobEntry,
  type BlobHandle,
  type BlobRead,
  type BlobStat,
  type BlobWriter,
  type CallOptions,
  type ReadOptions,
  type Store,
  type StoreKind,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { checkedKey } from '../../key.ts';
import { clampRange } from '../../range.ts';
import type { Pages } from './pages.ts';
import { MemoryPlace, MemoryWrite } from './place.ts';
import { type MemoryShape, memoryWriter } from './writer.ts';

const READ_BYTES = 64 * 1024;

export interface MemoryStoreOptions {
  readonly id?: string;
  /** `offsets` is shaped like `file`; `parts` like `s3`: no openAt, no writeAt, digests checked by the store. */
  readonly shape?: MemoryShape;
  readonly kind?: StoreKind;
  /** Absent: a new place with an identity. */
  readonly place?: MemoryPlace;
}

/** A store in memory that passes the suite. */
export function memoryStore(o: MemoryStoreOptions = {}): Store {
  const place = o.place ?? new MemoryPlace();
  if (o.place === undefined) place.identity = randomUUID();
  const store = new MemoryStore(place, o);
  if (o.shape === 'parts') {
    return Object.assign(store, {
      copyFrom: async (key: string, fromUrl: string, options: CallOptions = {}) => {
        throwIfCancelled(options.signal);
        const from = store.fromUrl(fromUrl);
        if (from === undefined) return undefined;
        return { ...place.copy(checkedKey(from), checkedKey(key)), proof: 'sent' as const };
      },
    });
  }
  return Object.assign(store, {
    openAt: async (key: string, options: CallOptions = {}) => {
      throwIfCancelled(options.signal);
      return handleOf(place.blob(checkedKey(key)).pages);
    },
  });
}

class MemoryStore implements Store {
  readonly id: string;
  readonly kind: StoreKind;
  readonly capabilities;
  readonly #place: MemoryPlace;
  readonly #shape: MemoryShape;

  constructor(place: MemoryPlace, o: MemoryStoreOptions) {
    this.#place = place;
    this.#shape = o.shape ?? 'offsets';
    this.id = o.id ?? 'memory';
    this.kind = o.kind ?? (this.#shape === 'parts' ? 's3' : 'file');
    this.capabilities = {
      attemptKeys: true,
      evict: true,
      holes: this.#shape === 'offsets',
      serverSideCopy: this.#shape === 'parts',
      presign: false,
      storedDigest: this.#shape === 'parts',
      marker: true,
    };
  }

  async readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    throwIfCancelled(o.signal);
    if (!this.#place.isThere) throw new AppError('unavailable', 'the place is missing');
    return this.#place.identity;
  }

  async writeIdentity(uuid: string): Promise<void> {
    this.#place.isThere = true;
    this.#place.identity ??= uuid;
    if (this.#place.identity !== uuid) throw new AppError('conflict', 'another identity is there');
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    throwIfCancelled(o.signal);
    const { pages, modifiedAt } = this.#place.blob(checkedKey(key));
    return { size: pages.size, modifiedAt };
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    throwIfCancelled(o.signal);
    const { pages, modifiedAt } = this.#place.blob(checkedKey(key));
    const { start, end } = clampRange(o.range, pages.size);
    return { size: pages.size, modifiedAt, body: bodyOf(pages, start, end, o.signal) };
  }

  async begin(key: string, o: CallOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    this.#place.require();
    if (this.#place.blobs.has(checkedKey(key))) throw new AppError('conflict', 'the key exists');
    const write = new MemoryWrite(key, randomUUID());
    this.#place.writes.set(write.session, write);
    return memoryWriter(this.#place, write, this.#shape);
  }

  async resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    this.#place.require();
    const write = this.#place.writes.get(session);
    if (write?.key !== checkedKey(key)) throw new AppError('not_found', 'no such write');
    return memoryWriter(this.#place, write, this.#shape);
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    this.#place.require();
    this.#place.blobs.delete(checkedKey(key));
    for (const write of this.#place.writes.values()) {
      if (write.key === key) this.#place.writes.delete(write.session);
    }
  }

  async *list(
    o: { readonly prefix?: string; readonly after?: string } & CallOptions = {},
  ): AsyncGenerator<BlobEntry> {
    throwIfCancelled(o.signal);
    this.#place.require();
    const { blobs, writes } = this.#place;
    const entries: BlobEntry[] = [];
    for (const [key, { pages, modifiedAt }] of blobs) {
      entries.push({ key, size: pages.size, modifiedAt, partial: false });
    }
    for (const { key, session, pages, modifiedAt } of writes.values()) {
      entries.push({ key, size: pages.size, modifiedAt, partial: true, session });
    }
    yield* entries
      .filter(({ key }) => key.startsWith(o.prefix ?? '') && compare(key, o.after ?? '') > 0)
      .sort((a, b) => compare(a.key, b.key));
  }

  toUrl(key: string): string {
    return `memory://${this.id}/${encodeURIComponent(checkedKey(key))}`;
  }

  fromUrl(url: string): string | undefined {
    const prefix = `memory://${this.id}/`;
    return url.startsWith(prefix) ? decodeURIComponent(url.slice(prefix.length)) : undefined;
  }

  async close(): Promise<void> {
    // The place belongs to whoever made it.
  }
}

function handleOf(pages: Pages): BlobHandle {
  return {
    size: pages.size,
    read: async (into, position) => pages.read(into, position),
    close: async () => {},
  };
}

function bodyOf(pages: Pages, start: number, end: number, signal?: AbortSignal): Readable {
  let position = start;
  const body = new Readable({
    highWaterMark: READ_BYTES,
    read() {
      const chunk = new Uint8Array(Math.min(READ_BYTES, end - position));
      pages.read(chunk, position);
      position += chunk.byteLength;
      this.push(chunk.byteLength === 0 ? null : chunk);
    },
  });
  const cancel = () => body.destroy(new AppError('cancelled', 'the caller gave up'));
  signal?.addEventListener('abort', cancel, { once: true });
  return body.once('close', () => signal?.removeEventListener('abort', cancel));
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
