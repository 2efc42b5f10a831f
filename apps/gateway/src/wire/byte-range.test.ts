import { isAppError } from '@parallax/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRange } from './byte-range.ts';

const NOWHERE = { first: Number.MAX_SAFE_INTEGER };

it.each([
  ['bytes=0-1', { first: 0, last: 1 }],
  ['bytes=5-', { first: 5 }],
  ['bytes=-7', { suffix: 7 }],
  ['bytes=-0', { suffix: 0 }],
  ['BYTES = 0-0', { first: 0, last: 0 }],
  ['bytes=0-99999999999999999999', { first: 0, last: Number.MAX_SAFE_INTEGER }],
  ['bytes=18446744073709551616-', NOWHERE],
  ['bytes=2-1', NOWHERE],
  ['bytes=-', NOWHERE],
  ['bytes=--1', NOWHERE],
  ['bytes=1-2-3', NOWHERE],
  ['bytes=+1-2', NOWHERE],
  ['bytes=0x1-2', NOWHERE],
  ['bytes', NOWHERE],
  ['items=0-1', NOWHERE],
  ['', NOWHERE],
])('reads Range: %s', (header, range) => {
  expect(parseRange(header, undefined)).toEqual(range);
});

it.each([
  ['bytes 0-9/*', { first: 0, last: 9 }],
  ['bytes 0-9/100', { first: 0, last: 9 }],
  ['bytes */100', NOWHERE],
  ['bytes 9-0/*', NOWHERE],
])('reads the old Content-Range: %s', (header, range) => {
  expect(parseRange(undefined, header)).toEqual(range);
});

it('refuses several ranges', () => {
  expect(() => parseRange('bytes=0-1,3-4', undefined)).toThrow(/multiple ranges/);
});

it('has no range without a header', () => {
  expect(parseRange(undefined, undefined)).toBeUndefined();
});

it('fails with nothing but AppError', () => {
  const header = fc.oneof(
    fc.string(),
    fc.string().map((text) => `bytes=${text}`),
  );
  fc.assert(
    fc.property(header, (text) => {
      try {
        return parseRange(text, undefined) !== undefined;
      } catch (error) {
        return isAppError(error, 'invalid_request');
      }
    }),
  );
});
