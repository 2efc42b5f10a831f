import { AppError } from '@parallax/core';

/** Calls `onStall` when nothing reported progress for `ms`. One timer, however often progress is reported. */
export class Watchdog {
  readonly #ms: number;
  readonly #onStall: () => void;
  #deadline: number;
  #timer: NodeJS.Timeout;

  constructor(ms: number, onStall: () => void) {
    this.#ms = ms;
    this.#onStall = onStall;
    this.#deadline = performance.now() + ms;
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  progress(): void {
    this.#deadline = Math.max(this.#deadline, performance.now() + this.#ms);
  }

  /** Something big began whose progress cannot be seen: it may take `ms` more. */
  allow(ms: number): void {
    this.#deadline = Math.max(this.#deadline, performance.now() + this.#ms + ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const left = this.#deadline - performance.now();
    if (left <= 0) this.#onStall();
    else this.#timer = setTimeout(() => this.#look(), left);
  }
}

/** Clients that move less hold memory and a slot for nothing (slow-loris). */
export const LEAST_BYTES_PER_SECOND = 1024;

/** Calls `onSlow` when a sender brought less than `LEAST_BYTES_PER_SECOND`, on average over `ms` in which nothing held it up. */
export class RateWatch {
  readonly #least: number;
  readonly #onSlow: () => void;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #excused = false;

  constructor(ms: number, onSlow: () => void) {
    this.#least = (LEAST_BYTES_PER_SECOND * ms) / 1000;
    this.#onSlow = onSlow;
    this.#timer = setInterval(() => this.#look(), ms);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The sender was held up: what it brought meanwhile says nothing about it. */
  excuse(): void {
    this.#excused = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (!this.#excused && this.#bytes < this.#least) this.#onSlow();
    this.#bytes = 0;
    this.#excused = false;
  }
}

/** Slowest part worth waiting for, when a store takes it whole and tells nothing in between. */
const LEAST_BYTES_PER_MS = 64;

/** How much longer than the watchdog's time writing `bytes` in one call may take. */
export function allowanceMs(bytes: number): number {
  return bytes / LEAST_BYTES_PER_MS;
}

/** Bounds waits one after the other, by time and by signal, with one timer. What was waited for goes on unseen. */
export class Deadline {
  readonly #ms: number;
  readonly #signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #reject: ((error: AppError) => void) | undefined;
  readonly #onAbort = (): void => this.#fail(cancelled(this.#signal));

  constructor(ms: number, signal: AbortSignal) {
    this.#ms = ms;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects `stalled` when `work` takes too long and `cancelled` on abort. One at a time. */
  run<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // A wait that was given up may end during a later one, and must not disarm it.
      const settle = (): void => {
        if (this.#reject === reject) this.#reject = undefined;
      };
      this.#reject = reject;
      work.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
      if (this.#signal.aborted) this.#onAbort();
      else if (this.#timer === undefined) this.#timer = setTimeout(() => this.#stall(), this.#ms);
      else this.#timer.refresh();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  #stall(): void {
    this.#fail(new AppError('stalled', `no progress for ${this.#ms} ms`));
  }

  #fail(error: AppError): void {
    const reject = this.#reject;
    this.#reject = undefined;
    reject?.(error);
  }
}

/** The error of an aborted signal: its own reason when that is an AppError. */
export function cancelled(signal: AbortSignal): AppError {
  if (signal.reason instanceof AppError) return signal.reason;
  return new AppError('cancelled', 'cancelled', { cause: signal.reason });
}
