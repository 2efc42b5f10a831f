import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { BlobHandle, BlobWriter, Store, StoreLayer } from '@parallax/core';
import { wrapStore } from '../../layers/wrap-store.ts';

/** Sees, and may change, what was read at `position`; returns how many of the bytes are passed on: fewer is the end. */
type ReadChange = (bytes: Uint8Array, position: number) => number | Promise<number>;
/** Comes before a write of so many bytes. */
type WriteChange = (bytes: number) => void | Promise<void>;

export interface Changes {
  readonly read?: ReadChange;
  readonly write?: WriteChange;
}

// Plain objects, which can be spread where a class instance cannot.
const asPlainObjects = wrapStore(() => ({ call: (_, work) => work() }));

/** A layer through which bytes come and go changed, by every way of the port. */
export function changeBytes(makeChanges: () => Changes): StoreLayer {
  return (store) => {
    const { read, write } = makeChanges();
    const inner = asPlainObjects(store);
    const readsChanged = read === undefined ? inner : withReads(inner, read);
    return withWriters(readsChanged, { ...(read && { read }), ...(write && { write }) });
  };
}

function withReads(inner: Store, change: ReadChange): Store {
  const { openAt } = inner;
  return {
    ...inner,
    open: async (key, o) => {
      const read = await inner.open(key, o);
      return { ...read, body: changedBody(read.body, o?.range?.start ?? 0, change) };
    },
    ...(openAt && {
      openAt: async (key, o) => changedHandle(await openAt(key, o), change),
    }),
  };
}

function withWriters(inner: Store, changes: Changes): Store {
  return {
    ...inner,
    begin: async (key, o) => changedWriter(await inner.begin(key, o), changes),
    resume: async (key, session, o) => changedWriter(await inner.resume(key, session, o), changes),
  };
}

function changedHandle(inner: BlobHandle, change: ReadChange): BlobHandle {
  return {
    ...inner,
    read: async (into, position) => {
      const count = await inner.read(into, position);
      return change(into.subarray(0, count), position);
    },
  };
}

function changedWriter(inner: BlobWriter, { read, write }: Changes): BlobWriter {
  const { writeAt, readAt } = inner;
  return {
    ...inner,
    put: async (index, bytes, o) => {
      await write?.(lengthOf(bytes));
      return inner.put(index, bytes, o);
    },
    ...(writeAt && {
      writeAt: async (position, bytes, o) => {
        await write?.(lengthOf(bytes));
        return writeAt(position, bytes, o);
      },
    }),
    ...(readAt &&
      read && {
        readAt: async (into, position) => {
          const count = await readAt(into, position);
          return read(into.subarray(0, count), position);
        },
      }),
  };
}

function changedBody(inner: Readable, start: number, change: ReadChange): Readable {
  let position = start;
  let isCut = false;
  const pass = async (chunk: Uint8Array): Promise<Uint8Array> => {
    const count = isCut ? 0 : await change(chunk, position);
    isCut ||= count < chunk.byteLength;
    position += chunk.byteLength;
    return chunk.subarray(0, count);
  };
  const outer = new Transform({
    transform(chunk: Uint8Array, _encoding, done: TransformCallback) {
      pass(chunk).then((bytes) => done(null, bytes), done);
    },
  });
  inner.once('error', (error) => outer.destroy(error));
  outer.once('close', () => inner.destroy());
  return inner.pipe(outer);
}

function lengthOf(bytes: readonly Uint8Array[]): number {
  return bytes.reduce((length, part) => length + part.byteLength, 0);
}
