// Frames between a store and its child, both ways over one socket: two lengths (32 bits, little-endian) of a JSON head and of the
// bytes that follow it, then both. Plain JavaScript, so that the child runs the same file from the sources and from dist.

const LENGTHS_BYTES = 8;

/**
 * The beginning of a frame; `bytes` bytes have to follow.
 * @param {object} head
 * @param {number} bytes
 */
export function frameStart(head, bytes) {
  const text = JSON.stringify(head);
  const headBytes = Buffer.byteLength(text);
  const start = Buffer.allocUnsafe(LENGTHS_BYTES + headBytes);
  start.writeUInt32LE(headBytes, 0);
  start.writeUInt32LE(bytes, 4);
  start.write(text, LENGTHS_BYTES);
  return start;
}

/**
 * Cuts a stream into frames. Bytes are copied once, from where they arrived to where `place` wants them.
 * @template Head
 */
export class FrameReader {
  /** @type {(head: Head, length: number) => Uint8Array} */
  #place;
  /** @type {(head: Head, bytes: Uint8Array) => void} */
  #frame;
  #lengths = Buffer.alloc(LENGTHS_BYTES);
  /** What is being filled: the lengths, then the head, then the bytes. @type {Uint8Array} */
  #target = this.#lengths;
  #filled = 0;
  /** @type {'lengths' | 'head' | 'bytes'} */
  #phase = 'lengths';
  /** @type {Head | undefined} */
  #head;

  /** @param {{ place: (head: Head, length: number) => Uint8Array, frame: (head: Head, bytes: Uint8Array) => void }} o */
  constructor({ place, frame }) {
    this.#place = place;
    this.#frame = frame;
  }

  /** @param {Uint8Array} chunk */
  push(chunk) {
    let from = 0;
    do {
      const count = Math.min(this.#target.byteLength - this.#filled, chunk.byteLength - from);
      this.#target.set(chunk.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
      while (this.#filled === this.#target.byteLength && this.#next());
    } while (from < chunk.byteLength);
  }

  /** A whole target leads to the next; false when that waits for more. */
  #next() {
    this.#filled = 0;
    switch (this.#phase) {
      case 'lengths':
        this.#phase = 'head';
        this.#target = Buffer.allocUnsafe(this.#lengths.readUInt32LE(0));
        return false;
      case 'head': {
        const length = this.#lengths.readUInt32LE(4);
        const head = JSON.parse(
          Buffer.from(
            this.#target.buffer,
            this.#target.byteOffset,
            this.#target.byteLength,
          ).toString(),
        );
        this.#head = head;
        this.#phase = 'bytes';
        this.#target = this.#place(head, length);
        return length === 0;
      }
      case 'bytes': {
        const bytes = this.#target;
        const head = /** @type {Head} */ (this.#head);
        this.#phase = 'lengths';
        this.#target = this.#lengths;
        this.#head = undefined;
        this.#frame(head, bytes);
        return false;
      }
    }
  }
}
