import { AppError } from '@parallax/core';

/** Memory for parts that stores take only whole. Bounded, but a stream that was let in always gets its next part. */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiting: { readonly bytes: number; readonly admit: () => void }[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Waits its turn until there is room for `bytes` (more than the limit: until it is alone) and takes them. */
  async enter(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AppError('cancelled');
    if (this.#waiting.length === 0 && this.#fits(bytes)) return this.take(bytes);
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(new AppError('cancelled'));
        this.#wake();
      };
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const entry = { bytes, admit };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(entry);
    });
  }

  /** Takes without asking: refusing could block a stream that others wait for. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  /** Takes only what is free and nobody waits for. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    this.#wake();
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }

  #wake(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!this.#fits(first.bytes)) return;
      this.#waiting.shift();
      this.#used += first.bytes;
      first.admit();
    }
  }
}
