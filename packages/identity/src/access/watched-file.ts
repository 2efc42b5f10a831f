import { stat } from 'node:fs/promises';

export type LoadOutcome = 'taken' | 'refused';

export interface WatchedFileOptions<T> {
  readonly file: string;
  /** Throws when the file is not good. */
  readonly load: (file: string) => T;
  /** Hears of every change after the first reading. */
  readonly onLoad: (outcome: LoadOutcome, error?: unknown) => void;
}

/**
 * What a file says. Looking at its times is all that works on every file system and survives editors that put a new file
 * in its place. A change is taken once it has been the same at two looks, so that no half-written file is.
 */
export class WatchedFile<T> {
  readonly #o: WatchedFileOptions<T>;
  #current: T;
  #taken: string;
  #seen: string;

  private constructor(o: WatchedFileOptions<T>, current: T, stamp: string) {
    this.#o = o;
    this.#current = current;
    this.#taken = stamp;
    this.#seen = stamp;
  }

  /** Throws what `load` throws. */
  static async open<T>(o: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
    // The stamp first: a change in between is found at the next look.
    const stamp = await stampOf(o.file);
    return new WatchedFile(o, o.load(o.file), stamp);
  }

  get current(): T {
    return this.#current;
  }

  /** One look. A change that cannot be loaded is reported once and leaves what was. */
  async look(): Promise<void> {
    const stamp = await stampOf(this.#o.file);
    const settled = stamp === this.#seen;
    this.#seen = stamp;
    if (stamp === this.#taken || !settled) return;
    this.#taken = stamp;
    try {
      this.#current = this.#o.load(this.#o.file);
    } catch (error) {
      this.#o.onLoad('refused', error);
      return;
    }
    this.#o.onLoad('taken');
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    // Away or not readable: loading it says so, with the reason.
    return String(error);
  }
}
