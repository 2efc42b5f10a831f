import { bitmapOf, CHUNK_BYTES, hasBit, setBit } from '@parallax/core';

/** Which chunks of an unfinished write may hold bytes: the others are holes already, and need not be read to know it. */
export class Extents {
  /** Bytes of the write when it was opened: what lies there was written by somebody else. */
  readonly #found: number;
  #written = bitmapOf(0);

  constructor(found: number) {
    this.#found = found;
  }

  add(position: number, bytes: number): void {
    if (bytes === 0) return;
    const last = chunkOf(position + bytes - 1);
    if (last >= this.#written.byteLength * 8) {
      const larger = bitmapOf(2 * (last + 1));
      larger.set(this.#written);
      this.#written = larger;
    }
    for (let chunk = chunkOf(position); chunk <= last; chunk += 1) setBit(this.#written, chunk);
  }

  mayHoldBytes(position: number, end: number): boolean {
    if (position < this.#found) return true;
    for (let chunk = chunkOf(position); chunk * CHUNK_BYTES < end; chunk += 1) {
      if (hasBit(this.#written, chunk)) return true;
    }
    return false;
  }
}

function chunkOf(position: number): number {
  return Math.floor(position / CHUNK_BYTES);
}
