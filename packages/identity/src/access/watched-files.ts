import { stat } from 'node:fs/promises';

export type LoadOutcome = 'taken' | 'refused';

export interface WatchedFilesOptions<T> {
  readonly files: readonly string[];
  /** Reads all of them; throws when they are not good. */
  readonly load: () => T;
  /** Hears of every change after the first reading. */
  readonly onLoad: (outcome: LoadOutcome, error?: unknown) => void;
}

/**
 * What some files say together. Looking at their times is all that works on every file system and survives editors that put
 * a new file in the old one's place. A change is taken once it has been the same at two looks, so that nothing half-written is.
 */
export class WatchedFiles<T> {
  readonly #o: WatchedFilesOptions<T>;
  #current: T;
  #taken: string;
  #seen: string;

  private constructor(o: WatchedFilesOptions<T>, current: T, stamp: string) {
    this.#o = o;
    this.#current = current;
    this.#taken = stamp;
    this.#seen = stamp;
  }

  /** Throws what `load` throws. */
  static async open<T>(o: WatchedFilesOptions<T>): Promise<WatchedFiles<T>> {
    // The stamp first: a change in between is found at the next look.
    const stamp = await stampOf(o.files);
    return new WatchedFiles(o, o.load(), stamp);
  }

  get current(): T {
    return this.#current;
  }

  /** One look. A change that cannot be loaded is reported once and leaves what was. */
  async look(): Promise<void> {
    const stamp = await stampOf(this.#o.files);
    const settled = stamp === this.#seen;
    this.#seen = stamp;
    if (stamp === this.#taken || !settled) return;
    this.#taken = stamp;
    try {
      this.#current = this.#o.load();
    } catch (error) {
      this.#o.onLoad('refused', error);
      return;
    }
    this.#o.onLoad('taken');
  }
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  });
  const settled = await Promise.allSettled(stamps);
  // One that is away or not readable: loading it says so, with the reason.
  return settled
    .map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)))
    .join('\n');
}
