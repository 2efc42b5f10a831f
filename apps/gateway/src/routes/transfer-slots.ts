import { AppError } from '@parallax/core';

const RETRY_AFTER_MS = 5000;

/** How many bodies move at once through this process. */
export class TransferSlots {
  readonly #size: number;
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get taken(): number {
    return this.#taken;
  }

  /** `unavailable` when all are taken: memory per stream is constant, so their number must be too. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#size) {
      throw new AppError('unavailable', 'too many transfers at once', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    this.#taken += 1;
    try {
      return await work();
    } finally {
      this.#taken -= 1;
    }
  }
}
