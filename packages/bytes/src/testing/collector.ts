import { Writable } from 'node:stream';

/** Keeps a copy of everything written to it. */
export class Collector extends Writable {
  readonly #pieces: Buffer[] = [];
  readonly #delayMs: number | undefined;

  constructor(o: { readonly delayMs?: number } = {}) {
    super({ highWaterMark: 1 });
    this.#delayMs = o.delayMs;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // As late as allowed: who reuses the buffer too early is found out.
    const take = (): void => {
      this.#pieces.push(Buffer.from(chunk));
      done();
    };
    if (this.#delayMs === undefined) setImmediate(take);
    else setTimeout(take, this.#delayMs);
  }
}
