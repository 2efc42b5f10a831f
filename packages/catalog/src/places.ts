import { AppError } from '@parallax/core';

/** At most so many works at a time; others wait in order, and are `unavailable` when their patience is over. */
export class Places {
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(o: { readonly places: number; readonly patienceMs: number }) {
    this.#free = o.places;
    this.#patienceMs = o.patienceMs;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      // The place is handed on, so that nobody takes it in between.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(enter);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(enter);
        reject(
          new AppError('unavailable', 'too many costly questions at once', { retryAfterMs: 1_000 }),
        );
      }, this.#patienceMs);
      this.#waiting.add(enter);
    });
  }
}
