import type { BlobWriter } from '@parallax/core';

/** Often enough that the last flush is short, seldom enough that flushing costs nothing. */
const FLUSH_BYTES = 64 * 1024 * 1024;

/** Makes written bytes durable while more of them come, so that commit finds little to do. */
export class Flusher {
  readonly #sync: (() => Promise<void>) | undefined;
  readonly #fail: (error: unknown) => void;
  #dirty = 0;
  #running: Promise<void> | undefined;

  constructor(writer: BlobWriter, fail: (error: unknown) => void) {
    this.#sync = writer.sync === undefined ? undefined : () => writer.sync?.() ?? Promise.resolve();
    this.#fail = fail;
  }

  /** `bytes` more were written. */
  wrote(bytes: number): void {
    this.#dirty += bytes;
    if (this.#dirty < FLUSH_BYTES || this.#running !== undefined) return;
    if (this.#sync === undefined) return;
    this.#dirty = 0;
    // A failed flush is never asked again: the kernel would then claim success (fsyncgate).
    this.#running = this.#sync()
      .catch(this.#fail)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Resolves when no flush runs. */
  async settled(): Promise<void> {
    await this.#running;
  }
}
