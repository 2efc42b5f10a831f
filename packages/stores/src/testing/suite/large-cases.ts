import { type BlobWriter, CHUNK_BYTES, LEAF_BYTES, type PartReceipt } from '@parallax/core';
import { expect, it } from 'vitest';
import { bytesOf, type Subject } from './subject.ts';

const CHUNKS = 32;
const SIZE = CHUNKS * CHUNK_BYTES;

/** Memory does not grow with the blob. */
export function largeCases({ store, options, newKey }: Subject): void {
  it('passes 256 MiB through with bounded memory', { timeout: 120_000 }, async () => {
    const key = newKey();
    const chunk = new Uint8Array(CHUNK_BYTES);
    chunk.set(bytesOf(LEAF_BYTES));
    const base = process.memoryUsage.rss();
    let peak = base;
    const look = () => {
      peak = Math.max(peak, process.memoryUsage.rss());
    };

    const writer = await store.begin(key, { size: SIZE });
    const receipts: PartReceipt[] = [];
    for (let index = 0; index < CHUNKS; index += 1) {
      if (index % 8 === 0) receipts.push(...(await putChunk(writer, index, chunk)));
      else receipts.push(...(await putZeros(writer, index, chunk.length)));
      look();
    }
    await writer.commit(receipts, { size: SIZE });

    const { body, size } = await store.open(key);
    let read = 0;
    for await (const bytes of body) {
      read += bytes.byteLength;
      look();
    }
    expect({ size, read }).toEqual({ size: SIZE, read: SIZE });
    expect((peak - base) / LEAF_BYTES).toBeLessThan(
      (options.memoryBytes ?? 64 * LEAF_BYTES) / LEAF_BYTES,
    );
    await store.remove(key);
  });
}

async function putChunk(
  writer: BlobWriter,
  index: number,
  chunk: Uint8Array,
): Promise<readonly PartReceipt[]> {
  const receipts: PartReceipt[] = [];
  // A part is a whole number of chunks: with larger parts the chunk is one part's beginning.
  if (writer.writeAt !== undefined) await writer.writeAt(index * CHUNK_BYTES, [chunk]);
  else receipts.push(await writer.put(index, [chunk]));
  return receipts;
}

function putZeros(
  writer: BlobWriter,
  index: number,
  length: number,
): Promise<readonly PartReceipt[]> {
  const hole = writer.hole?.(index * CHUNK_BYTES, length);
  return hole === undefined ? putChunk(writer, index, new Uint8Array(length)) : hole.then(() => []);
}
