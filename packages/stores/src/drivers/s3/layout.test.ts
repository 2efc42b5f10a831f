import { CHUNK_BYTES } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  layoutOf,
  MAX_OBJECT_BYTES,
  MAX_PARTS,
  parseSession,
  planParts,
  sessionOf,
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

it('finds upload and parts again in the session', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[\w.~+=-]{1,80}$/),
      fc.option(fc.integer({ min: 1, max: 728 }), { nil: undefined }),
      (uploadId, partChunks) => {
        expect(parseSession(sessionOf(uploadId, partChunks))).toEqual({ uploadId, partChunks });
      },
    ),
  );
});
