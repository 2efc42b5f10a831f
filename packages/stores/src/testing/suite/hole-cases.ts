import { CHUNK_BYTES, type Store } from '@parallax/core';
import { expect, it } from 'vitest';
import { bytesOf, readBlob, type Subject } from './subject.ts';

/** Zeros that are not sent. */
export function holeCases({ store, newKey }: Subject): void {
  it('reads holes as zeros, at the beginning, in the middle and at the end', async () => {
    const key = newKey();
    const bytes = bytesOf(1000);
    const writer = await store.begin(key);
    // Out of order and side by side: growing the file must not cut off what lies beyond.
    await Promise.all([
      writer.writeAt?.(CHUNK_BYTES, [bytes]),
      writer.hole?.(2 * CHUNK_BYTES, 500),
      writer.hole?.(0, CHUNK_BYTES),
      writer.hole?.(CHUNK_BYTES + 1000, CHUNK_BYTES - 1000),
    ]);
    await writer.commit([], { size: 2 * CHUNK_BYTES + 500 });
    const expected = Buffer.alloc(2 * CHUNK_BYTES + 500);
    expected.set(bytes, CHUNK_BYTES);
    expect((await readBlob(store, key)).equals(expected)).toBe(true);
    await store.remove(key);
  });

  it('makes zero what an earlier process wrote there', async () => {
    const key = newKey();
    const first = await store.begin(key);
    await first.writeAt?.(0, [bytesOf(3_000_000)]);
    await first.detach();
    const second = await store.resume(key, first.session);
    await second.writeAt?.(CHUNK_BYTES, [bytesOf(10)]);
    await second.hole?.(1000, CHUNK_BYTES - 1000);
    await second.hole?.(CHUNK_BYTES + 5, 5);
    await second.commit([], { size: CHUNK_BYTES + 10 });
    const found = await readBlob(store, key);
    expect(found.subarray(0, 1000).every((byte) => byte === 0)).toBe(false);
    expect(found.subarray(1000, CHUNK_BYTES).every((byte) => byte === 0)).toBe(true);
    expect(found.subarray(CHUNK_BYTES + 5).every((byte) => byte === 0)).toBe(true);
    await store.remove(key);
  });

  it('takes many holes and writes at once, whatever their order', async () => {
    const key = newKey();
    const count = 24;
    const mark = (index: number) => new Uint8Array([index + 1]);
    const writer = await store.begin(key);
    const places = Array.from({ length: count }, (_, index) => (index * 7) % count);
    await Promise.all(
      places.map((index) => {
        const position = index * 100_000;
        return index % 2 === 0
          ? writer.writeAt?.(position, [mark(index)])
          : writer.hole?.(position, 100_000);
      }),
    );
    await writer.commit([], { size: count * 100_000 });
    expect(await marksOf(store, key, count)).toEqual(
      Array.from({ length: count }, (_, index) => (index % 2 === 0 ? index + 1 : 0)),
    );
    await store.remove(key);
  });
}

async function marksOf(store: Store, key: string, count: number): Promise<readonly number[]> {
  const found = await readBlob(store, key);
  return Array.from({ length: count }, (_, index) => found[index * 100_000] ?? -1);
}
