import { createHash } from 'node:crypto';

const PAGE_BYTES = 64 * 1024;
const ZEROS = new Uint8Array(PAGE_BYTES);

/** Bytes at any offset; pages of zeros are not kept, so a large sparse blob costs what it holds. */
export class Pages {
  #size = 0;
  readonly #pages = new Map<number, Uint8Array>();

  get size(): number {
    return this.#size;
  }

  /** Bytes kept. */
  get kept(): number {
    return this.#pages.size * PAGE_BYTES;
  }

  write(position: number, bytes: Uint8Array): void {
    this.#size = Math.max(this.#size, position + bytes.byteLength);
    for (const { page, from, at, length } of pieces(position, bytes.byteLength)) {
      const source = bytes.subarray(at, at + length);
      const kept = this.#pages.get(page);
      if (kept === undefined && isZero(source)) continue;
      const target = kept ?? new Uint8Array(PAGE_BYTES);
      target.set(source, from);
      if (isZero(target)) this.#pages.delete(page);
      else this.#pages.set(page, target);
    }
  }

  hole(position: number, length: number): void {
    for (let done = 0; done < length; done += PAGE_BYTES) {
      this.write(position + done, ZEROS.subarray(0, Math.min(PAGE_BYTES, length - done)));
    }
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.byteLength, this.#size - position));
    for (const { page, from, at, length } of pieces(position, count)) {
      into.set((this.#pages.get(page) ?? ZEROS).subarray(from, from + length), at);
    }
    return count;
  }

  digest(algorithm: string): string {
    const hash = createHash(algorithm);
    const buffer = new Uint8Array(PAGE_BYTES);
    for (let position = 0; position < this.#size; position += PAGE_BYTES) {
      hash.update(buffer.subarray(0, this.read(buffer, position)));
    }
    return hash.digest('hex');
  }
}

interface Piece {
  readonly page: number;
  readonly from: number;
  readonly at: number;
  readonly length: number;
}

function* pieces(position: number, bytes: number): Generator<Piece> {
  for (let at = 0; at < bytes; ) {
    const from = (position + at) % PAGE_BYTES;
    const length = Math.min(PAGE_BYTES - from, bytes - at);
    yield { page: Math.floor((position + at) / PAGE_BYTES), from, at, length };
    at += length;
  }
}

function isZero(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes, ZEROS.subarray(0, bytes.byteLength)) === 0;
}
