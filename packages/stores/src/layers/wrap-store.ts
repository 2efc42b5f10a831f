import type { Readable } from 'node:stream';
import type {
  BlobHandle,
  BlobRead,
  BlobWriter,
  CallOptions,
  Store,
  StoreLayer,
} from '@parallax/core';

/** The calls of a store, of its open blobs and of its writers. */
export type StoreCall =
  | 'readIdentity'
  | 'writeIdentity'
  | 'stat'
  | 'open'
  | 'openAt'
  | 'begin'
  | 'resume'
  | 'remove'
  | 'list'
  | 'copyFrom'
  | 'describe'
  | 'presign'
  | 'freeBytes'
  | 'read'
  | 'close'
  | 'put'
  | 'writeAt'
  | 'hole'
  | 'sync'
  | 'parts'
  | 'readAt'
  | 'commit'
  | 'abort'
  | 'detach';

/** What is known of one call. */
export interface CallFacts<T> {
  /** Gets rid of a result that comes when nobody waits for it any more. */
  readonly undo?: (late: T) => Promise<void>;
  /** The caller's. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes that the call sends. */
  readonly bytes?: number;
  /** The call goes on where the one before ended: it cannot be made again. */
  readonly inOrder?: boolean;
}

/** What a layer does around every call. Each member is called on the hot path: it must not be dear. */
export interface Around {
  call<T>(name: StoreCall, work: () => Promise<T>, facts?: CallFacts<T>): Promise<T>;
  body?(body: Readable): Readable;
  /** Bytes of a read that succeeded, or that a write was given. */
  moved?(direction: 'read' | 'write', bytes: number): void;
}

/** A layer from what happens around a call. Optional members stay absent where the inner store has none. */
export function wrapStore(makeAround: (inner: Store) => Around): StoreLayer {
  return (inner) => wrapped(inner, makeAround(inner));
}

function wrapped(inner: Store, around: Around): Store {
  const handle = (it: BlobHandle) => wrapHandle(it, around);
  const writer = (it: BlobWriter) => wrapWriter(it, around);
  const { openAt, copyFrom, describe, presign, freeBytes } = inner;
  return {
    id: inner.id,
    kind: inner.kind,
    capabilities: inner.capabilities,
    readIdentity: (o) =>
      around.call('readIdentity', () => inner.readIdentity(o), { signal: o?.signal }),
    writeIdentity: (uuid, o) =>
      around.call('writeIdentity', () => inner.writeIdentity(uuid, o), { signal: o?.signal }),
    stat: (key, o) => around.call('stat', () => inner.stat(key, o), { signal: o?.signal }),
    open: async (key, o) =>
      wrapBody(
        await around.call('open', () => inner.open(key, o), { undo: dropBody, signal: o?.signal }),
        around,
      ),
    begin: async (key, o) =>
      writer(
        await around.call('begin', () => inner.begin(key, o), {
          undo: (late) => late.abort(),
          signal: o?.signal,
        }),
      ),
    resume: async (key, session, o) =>
      writer(
        await around.call('resume', () => inner.resume(key, session, o), {
          undo: (late) => late.detach(),
          signal: o?.signal,
        }),
      ),
    remove: (key, o) => around.call('remove', () => inner.remove(key, o), { signal: o?.signal }),
    list: (o) => wrapList(inner.list(o), around),
    toUrl: (key) => inner.toUrl(key),
    fromUrl: (url) => inner.fromUrl(url),
    close: () => inner.close(),
    ...(openAt && {
      openAt: async (key, o) =>
        handle(
          await around.call('openAt', () => openAt.call(inner, key, o), {
            undo: (late) => late.close(),
            signal: o?.signal,
          }),
        ),
    }),
    ...(copyFrom && {
      copyFrom: (key, from, o) =>
        around.call('copyFrom', () => copyFrom.call(inner, key, from, o), { signal: o?.signal }),
    }),
    ...(describe && {
      describe: (key, subject, o) =>
        around.call('describe', () => describe.call(inner, key, subject, o), { signal: o?.signal }),
    }),
    ...(presign && {
      presign: (key, ttl) => around.call('presign', () => presign.call(inner, key, ttl)),
    }),
    ...(freeBytes && {
      freeBytes: (o) =>
        around.call('freeBytes', () => freeBytes.call(inner, o), { signal: o?.signal }),
    }),
  };
}

function wrapHandle(inner: BlobHandle, around: Around): BlobHandle {
  return {
    size: inner.size,
    read: (into, position) =>
      counted(
        around,
        around.call('read', () => inner.read(into, position)),
      ),
    close: () => around.call('close', () => inner.close()),
  };
}

function wrapWriter(inner: BlobWriter, around: Around): BlobWriter {
  const { writeAt, hole, sync, readAt } = inner;
  const inOrder = inner.layout.order === 'sequential';
  const sent = (pieces: readonly Uint8Array[], o: CallOptions | undefined) => {
    const bytes = lengthOf(pieces);
    around.moved?.('write', bytes);
    return { bytes, inOrder, signal: o?.signal };
  };
  return {
    session: inner.session,
    layout: inner.layout,
    put: (index, bytes, o) => around.call('put', () => inner.put(index, bytes, o), sent(bytes, o)),
    parts: () => around.call('parts', () => inner.parts()),
    commit: (receipts, o) =>
      around.call('commit', () => inner.commit(receipts, o), { signal: o.signal }),
    abort: () => around.call('abort', () => inner.abort()),
    detach: () => around.call('detach', () => inner.detach()),
    ...(writeAt && {
      writeAt: (position, bytes, o) =>
        around.call('writeAt', () => writeAt.call(inner, position, bytes, o), sent(bytes, o)),
    }),
    ...(hole && {
      hole: (position, bytes) => around.call('hole', () => hole.call(inner, position, bytes)),
    }),
    ...(sync && { sync: () => around.call('sync', () => sync.call(inner)) }),
    ...(readAt && {
      readAt: (into, position) =>
        counted(
          around,
          around.call('readAt', () => readAt.call(inner, into, position)),
        ),
    }),
  };
}

async function* wrapList<T>(inner: AsyncIterable<T>, around: Around): AsyncGenerator<T> {
  const entries = inner[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      const next = await around.call('list', () => entries.next());
      isDone = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited when a call hangs: the generator would queue `return` behind it for ever.
    if (!isDone) void entries.return?.()?.catch(ignoreLate);
  }
}

function wrapBody(read: BlobRead, around: Around): BlobRead {
  return around.body === undefined ? read : { ...read, body: around.body(read.body) };
}

function counted(around: Around, read: Promise<number>): Promise<number> {
  if (around.moved !== undefined) {
    read.then((bytes) => around.moved?.('read', bytes), ignoreLate);
  }
  return read;
}

async function dropBody(late: BlobRead): Promise<void> {
  late.body.on('error', ignoreLate).destroy();
}

/** For a promise whose failure its own caller sees or has stopped waiting for. */
export function ignoreLate(): void {
  // Nothing to do: see above.
}

function lengthOf(bytes: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of bytes) length += part.byteLength;
  return length;
}
