import { LEAF_BYTES } from '@parallax/core';
import { pageMemory } from '../page-memory.ts';

/** Enough for a busy process; each is a fresh mapping that would otherwise cost a page fault per 4 KiB. */
const MOST_SPARE = 16;
const spare: Buffer[] = [];

/** A buffer for `bytes` of a leaf. */
export function takeLeafBuffer(bytes: number): Buffer {
  if (bytes < LEAF_BYTES / 2) return Buffer.allocUnsafeSlow(bytes);
  return spare.pop() ?? pageMemory(LEAF_BYTES).bytes;
}

/** Only when nobody reads or writes it any more. */
export function giveLeafBuffer(buffer: Buffer): void {
  if (spare.length >= MOST_SPARE || buffer.buffer.byteLength !== LEAF_BYTES) return;
  spare.push(buffer.length === LEAF_BYTES ? buffer : Buffer.from(buffer.buffer));
}
