import { CHUNK_BYTES } from '@parallax/core';
import { expect, it } from 'vitest';
import { cutOf, cutText, layoutOf, parseCut, sloLimits } from './layout.ts';

const limits = sloLimits({ slo: { max_manifest_segments: 1000 }, swift: {} });

it.each([
  [1, CHUNK_BYTES],
  [900 * CHUNK_BYTES, CHUNK_BYTES],
  [900 * CHUNK_BYTES + 1, 2 * CHUNK_BYTES],
  [100 * 2 ** 30, 15 * CHUNK_BYTES],
])('takes the smallest parts that are few enough: %s bytes', (size, expected) => {
  expect(layoutOf(cutOf(size, limits)).partBytes(0)).toBe(expected);
});

it('grows parts of an unknown size, so that 900 hold more than 100 GiB', () => {
  const { partBytes } = layoutOf(cutOf(undefined, limits));
  const sum = Array.from({ length: 900 }, (_, index) => partBytes(index)).reduce((a, b) => a + b);
  expect(partBytes(0)).toBe(CHUNK_BYTES);
  expect(sum).toBeGreaterThan(100 * 2 ** 30);
});

it('cuts a resumed write as it was begun', () => {
  for (const cut of [cutOf(undefined, limits), cutOf(100 * 2 ** 30, limits)]) {
    expect(parseCut(cutText(cut))).toEqual(cut);
  }
  for (const text of [undefined, '', 'x', '0', '1.5']) expect(parseCut(text)).toBeUndefined();
});

it('refuses what does not fit, and a Swift without large objects', () => {
  expect(() => cutOf(2 ** 43, limits)).toThrow(expect.objectContaining({ code: 'too_large' }));
  expect(() => sloLimits({ swift: {} })).toThrow(expect.objectContaining({ code: 'store_failed' }));
});
