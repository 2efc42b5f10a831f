import type { BlobHandle } from '@parallax/core';
import type { OpenImage } from './image.ts';

/** Reads of a blob's snapshot, straight into the caller's buffer. */
export class RbdBlobHandle implements BlobHandle {
  readonly size: number;
  readonly #image: OpenImage;

  /** `size` where the blob ends before its image does. */
  constructor(image: OpenImage, size = image.size) {
    this.#image = image;
    this.size = size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const wanted = Math.max(0, Math.min(into.byteLength, this.size - position));
    return wanted === 0 ? 0 : this.#image.read(into.subarray(0, wanted), position);
  }

  close(): Promise<void> {
    return this.#image.close();
  }
}
