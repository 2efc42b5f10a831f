import { createHash } from 'node:crypto';
import type { Slot } from '../slots.ts';
import type { DigestStream, Digests } from './digest-stream.ts';

/** Digests on the calling thread: for small bodies and for machines with one core. */
export class InlineDigest implements DigestStream {
  readonly #md5 = createHash('md5');
  readonly #sha512 = createHash('sha512');

  update(slot: Slot, length: number, done: () => void): void {
    const bytes = slot.bytes.subarray(0, length);
    this.#md5.update(bytes);
    this.#sha512.update(bytes);
    done();
  }

  async finish(): Promise<Digests> {
    return { md5: this.#md5.digest('hex'), sha512: this.#sha512.digest('hex') };
  }

  drop(): void {}
}
