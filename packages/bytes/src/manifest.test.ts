import {
  chunkCount,
  hasBit,
  LEAF_BYTES,
  leafCount,
  type ManifestSlice,
  SLICE_CHUNKS,
  SLICE_LEAVES,
  TAG_BYTES,
} from '@parallax/core';
import { describe, expect, it } from 'vitest';
import { isLeaf } from './digest/leaf-tag.ts';
import { isZeroChunk, ManifestBuilder, ManifestCache, sliceOfLeaf } from './manifest.ts';
import { contentOf } from './testing/index.ts';

const ID = '11111111-1111-4111-8111-111111111111';

describe('ManifestBuilder', () => {
  it('goes on in the next slice after 4 GiB', () => {
    const { content } = contentOf(Buffer.alloc(0));
    const builder = new ManifestBuilder(content.tagKey);
    // One byte per leaf stands for a whole one: the tags differ, the bookkeeping is the same.
    const leaf = Buffer.alloc(LEAF_BYTES);
    for (let n = 0; n < SLICE_LEAVES + 1; n += 1) builder.add(leaf, n !== 3);
    builder.add(leaf.subarray(5), true);
    const slices = builder.finish();
    const size = SLICE_LEAVES * LEAF_BYTES + 2 * LEAF_BYTES - 5;
    expect(builder.size).toBe(size);
    expect(slices.map(({ tags, zeros }) => [tags.length, zeros.length])).toEqual([
      [SLICE_LEAVES * TAG_BYTES, SLICE_CHUNKS / 8],
      [2 * TAG_BYTES, 1],
    ]);
    const zero = Array.from({ length: chunkCount(size) }, (_, chunk) => {
      const slice = slices[Math.floor(chunk / SLICE_CHUNKS)];
      return slice !== undefined && isZeroChunk(slice, chunk);
    });
    expect(zero.indexOf(false)).toBe(0);
    expect(zero.lastIndexOf(false)).toBe(0);
    const last = leafCount(size) - 1;
    const slice = slices[sliceOfLeaf(last)];
    expect(slice && isLeaf(content, slice, last, leaf.subarray(5))).toBe(true);
    expect(slice && isLeaf(content, slice, last - 1, leaf.subarray(5))).toBe(false);
  }, 60_000);

  it('has no slice for no bytes', () => {
    const builder = new ManifestBuilder(Buffer.alloc(32));
    builder.add(Buffer.alloc(0), true);
    expect(builder.finish()).toEqual([]);
  });

  it('flags a short last chunk', () => {
    const builder = new ManifestBuilder(Buffer.alloc(32));
    builder.add(Buffer.alloc(7), true);
    const [slice] = builder.finish();
    expect(slice && hasBit(slice.zeros, 0)).toBe(true);
  });
});

describe('ManifestCache', () => {
  const sliceOf = (slice: number): ManifestSlice => ({
    slice,
    tags: new Uint8Array(),
    zeros: new Uint8Array(),
  });

  it('asks once for slices in use and forgets the oldest', async () => {
    const asked: number[] = [];
    const cache = new ManifestCache({
      slice: async (_id, n) => {
        asked.push(n);
        return sliceOf(n);
      },
    });
    const reader = cache.reader(ID);
    await Promise.all([reader.slice(1), reader.slice(1), cache.reader(ID).slice(1)]);
    expect(asked).toEqual([1]);
    for (let n = 2; n < 300; n += 1) await reader.slice(n);
    await reader.slice(1);
    await reader.slice(299);
    expect(asked.filter((n) => n === 1 || n === 299)).toEqual([1, 299, 1]);
  });

  it('does not keep an error', async () => {
    let fails = true;
    const cache = new ManifestCache({
      slice: async (_id, n) => {
        if (fails) throw new Error('down');
        return sliceOf(n);
      },
    });
    await expect(cache.reader(ID).slice(0)).rejects.toThrow('down');
    fails = false;
    expect((await cache.reader(ID).slice(0)).slice).toBe(0);
  });
});
