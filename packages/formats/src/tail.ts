/** The last bytes of a stream. */
export class Tail {
  readonly #bytes: Uint8Array;
  #filled = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  write(chunk: Uint8Array): void {
    const capacity = this.#bytes.length;
    if (chunk.length >= capacity) {
      this.#bytes.set(chunk.subarray(chunk.length - capacity));
      this.#filled = capacity;
      return;
    }
    const kept = Math.min(this.#filled, capacity - chunk.length);
    this.#bytes.copyWithin(0, this.#filled - kept, this.#filled);
    this.#bytes.set(chunk, kept);
    this.#filled = kept + chunk.length;
  }

  /** A copy of the last `count` bytes, or of all there were. */
  last(count: number): Uint8Array {
    return this.#bytes.slice(Math.max(0, this.#filled - count), this.#filled);
  }
}
