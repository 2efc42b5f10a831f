import { describe, expect, it } from 'vitest';
import { bitmapOf, countBits, hasBit, setBit } from './bitmap.ts';
import {
  CHUNK_BYTES,
  chunkCount,
  chunkLength,
  LEAF_BYTES,
  leafCount,
  leafLength,
} from './content.ts';
import { AppError, ERRORS, isAppError } from './errors.ts';
import { IMAGE_STATUSES, mayTransition } from './image.ts';
import { proofAtLeast } from './location.ts';
import { objectKey } from './region.ts';
import { retryDelayMs } from './transfer.ts';

describe('the status machine', () => {
  it('never leaves deleted and never makes active from nothing but bytes', () => {
    for (const to of IMAGE_STATUSES) expect(mayTransition('deleted', to)).toBe(false);
    expect(mayTransition('saving', 'active')).toBe(true);
    expect(mayTransition('active', 'queued')).toBe(false);
    expect(mayTransition('active', 'saving')).toBe(false);
  });
});

describe('content geometry', () => {
  it.each([
    [0, 0, 0],
    [1, 1, 1],
    [LEAF_BYTES, 1, 1],
    [LEAF_BYTES + 1, 2, 1],
    [CHUNK_BYTES, 8, 1],
    [CHUNK_BYTES + 1, 9, 2],
  ])('%i bytes are %i leaves and %i chunks', (size, leaves, chunks) => {
    expect([leafCount(size), chunkCount(size)]).toEqual([leaves, chunks]);
  });
  it('makes only the last leaf and chunk short', () => {
    expect(leafLength(0, LEAF_BYTES + 5)).toBe(LEAF_BYTES);
    expect(leafLength(1, LEAF_BYTES + 5)).toBe(5);
    expect(chunkLength(1, CHUNK_BYTES + 7)).toBe(7);
  });
});

describe('bitmap', () => {
  it('remembers what was set and nothing else', () => {
    const bits = bitmapOf(20);
    for (const i of [0, 7, 8, 19]) setBit(bits, i);
    expect([...Array(20).keys()].filter((i) => hasBit(bits, i))).toEqual([0, 7, 8, 19]);
    expect(countBits(bits)).toBe(4);
    expect(hasBit(bits, 1000)).toBe(false);
  });
});

describe('small rules', () => {
  it('orders proofs', () => {
    expect(proofAtLeast('read', 'stored')).toBe(true);
    expect(proofAtLeast('sent', 'stored')).toBe(false);
  });
  it('never gives two attempts one key, except in Glance, whose key is the id', () => {
    const file = { kind: 'file', keyPrefix: '' } as const;
    const image = { id: 'ABcd', owner: 'p1' };
    expect(objectKey(file, image, 7)).toBe('ab/ABcd.7');
    expect(objectKey({ kind: 's3', keyPrefix: 'p/' }, image, 7)).toBe('p/ABcd.7');
    expect(objectKey({ kind: 'swift', keyPrefix: '{owner}/' }, image, 7)).toBe('p1/ABcd.7');
    expect(objectKey({ kind: 'glance', keyPrefix: '' }, image, 7)).toBe('ABcd');
  });
  it('spaces attempts by doubling, up to five minutes', () => {
    expect(retryDelayMs(1, 0.5)).toBe(1000);
    expect(retryDelayMs(4, 0.5)).toBe(8000);
    expect(retryDelayMs(50, 0.5)).toBe(300_000);
    expect(retryDelayMs(1, 0)).toBe(750);
  });
  it('knows its errors by code', () => {
    const error = new AppError('no_space', undefined, { cause: 1 });
    expect(isAppError(error, 'no_space')).toBe(true);
    expect(isAppError(error, 'conflict')).toBe(false);
    expect(isAppError(new Error('x'))).toBe(false);
    expect(error.status).toBe(ERRORS.no_space.status);
    expect(error.message).toBe('no space');
  });
});
