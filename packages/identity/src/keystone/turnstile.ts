import { AppError } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';

/** When Keystone is that far behind, its users may as well come again. */
const COME_AGAIN_MS = 2000;

/** At most `places` works at a time and `line` that wait for their turn, in order: a Keystone that hangs must not hold every request there is. */
export class Turnstile {
  readonly #places: number;
  readonly #line: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(o: { readonly places: number; readonly line: number }) {
    this.#places = o.places;
    this.#line = o.line;
  }

  /** `unavailable` at once when the line is full. The work ends when `signal` is aborted, or others wait for nothing. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const turn = this.#enter(signal);
    if (turn !== undefined) await turn;
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      // The place is handed on, so nobody can take it in between.
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }

  #enter(signal: AbortSignal): Promise<void> | undefined {
    if (this.#taken < this.#places) {
      this.#taken += 1;
      return undefined;
    }
    if (this.#waiting.size >= this.#line) {
      throw new AppError('unavailable', 'too many tokens wait to be validated', {
        retryAfterMs: COME_AGAIN_MS,
      });
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        this.#waiting.delete(enter);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(toHttpError(signal.reason, 'keystone'));
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
