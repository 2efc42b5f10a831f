import { CHUNK_BYTES } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  largestBlob,
  largestStream,
  layoutOf,
  MAX_OBJECT_BYTES,
  MAX_PART_BYTES,
  MAX_PARTS,
  planParts,
} from './layout.ts';

const GIB = 2 ** 30;
const limits = { leastChunks: 1, maxParts: MAX_PARTS };
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 64 * GIB }),
  fc.double({ min: 0, max: MAX_OBJECT_BYTES, noNaN: true }).map(Math.floor),
);

describe('parts of a blob whose size is known', () => {
  it('are at most 9,000, of whole chunks, and as small as that allows', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const chunks = planParts(size, limits) ?? 0;
        const bytes = layoutOf(chunks, limits).partBytes(0);
        expect(bytes % CHUNK_BYTES).toBe(0);
        expect(Math.ceil(size / bytes)).toBeLessThanOrEqual(9000);
        const isSmaller = chunks === 1 || Math.ceil(size / (bytes - CHUNK_BYTES)) > 9000;
        expect(isSmaller).toBe(true);
      }),
    );
  });

  it('grow with the size, never shrink', () => {
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(planParts(less, limits)).toBeLessThanOrEqual(planParts(more, limits) ?? 0);
      }),
    );
  });

  it('keep to a server that takes fewer', () => {
    const chunks = planParts(100 * GIB, { leastChunks: 1, maxParts: 1000 }) ?? 0;
    expect(chunks).toBe(15);
    expect((100 * GIB) / (chunks * CHUNK_BYTES)).toBeLessThanOrEqual(900);
  });
});

describe.each([100, 1000, 1024, 5000, 10_000])('of a service that takes %s parts', (maxParts) => {
  const few = { leastChunks: 1, maxParts };
  const largest = largestBlob(few);

  it('plans no part larger than one can be, and no more of them', () => {
    const upTo = fc.double({ min: 0, max: largest, noNaN: true }).map(Math.floor);
    fc.assert(
      fc.property(upTo, (size) => {
        const bytes = layoutOf(planParts(size, few), few).partBytes(0);
        expect(bytes).toBeLessThanOrEqual(MAX_PART_BYTES);
        expect(Math.ceil(size / bytes)).toBeLessThanOrEqual(maxParts);
      }),
      { examples: [[largest], [largest - 1]] },
    );
  });

  it('refuses a blob that its parts cannot hold before the first byte', () => {
    expect(() => planParts(largest + 1, few)).toThrow(
      expect.objectContaining({ code: 'no_space', context: { size: largest + 1, largest } }),
    );
  });

  it('takes at least half as much of a blob whose size is not known', () => {
    const { partBytes } = layoutOf(undefined, few);
    let sum = 0;
    for (let index = 0; index < maxParts; index += 1) {
      expect(partBytes(index)).toBeLessThanOrEqual(MAX_PART_BYTES);
      sum += partBytes(index);
    }
    expect(Math.min(sum, MAX_OBJECT_BYTES)).toBe(largestStream(few));
    expect(sum).toBeGreaterThanOrEqual(largest / 2);
  });
});

it('holds 2.46 TiB of an unknown size in 1000 parts, and begins with small ones', () => {
  const swift = { leastChunks: 1, maxParts: 1000 };
  expect(Math.floor(largestStream(swift) / GIB)).toBe(2521);
  expect(layoutOf(undefined, swift).partBytes(58)).toBe(CHUNK_BYTES);
});

describe('parts of a blob whose size is not known', () => {
  it('never shrink, are whole chunks of at most 5 GiB, and reach 5 TiB within 10,000', () => {
    const { partBytes } = layoutOf(undefined, limits);
    let sum = 0;
    for (let index = 0; index < MAX_PARTS; index += 1) {
      const bytes = partBytes(index);
      expect(bytes % CHUNK_BYTES).toBe(0);
      expect(bytes).toBeLessThanOrEqual(5 * GIB);
      expect(partBytes(index + 1)).toBeGreaterThanOrEqual(bytes);
      sum += bytes;
    }
    expect(sum).toBeGreaterThanOrEqual(MAX_OBJECT_BYTES);
  });

  it('stay of one chunk for the first 8 GiB or so', () => {
    expect(layoutOf(undefined, limits).partBytes(999)).toBe(CHUNK_BYTES);
  });
});
