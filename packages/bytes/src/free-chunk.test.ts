import { expect, it } from 'vitest';
import { freeChunk } from './free-chunk.ts';

const canTransfer = 'transfer' in ArrayBuffer.prototype;

it('empties a chunk that owns its memory, where the platform can', () => {
  const chunk = Buffer.from(new ArrayBuffer(1024));
  freeChunk(chunk);
  expect(chunk.length).toBe(canTransfer ? 0 : 1024);
});

it('leaves a chunk alone that shares its memory', () => {
  const whole = Buffer.from(new ArrayBuffer(1024)).fill(7);
  freeChunk(whole.subarray(0, 512));
  freeChunk(Buffer.from(new SharedArrayBuffer(16)));
  expect(whole.length).toBe(1024);
  expect(whole[1023]).toBe(7);
});
