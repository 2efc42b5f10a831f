import {
  type BigIntStats,
  close,
  constants,
  fchmod,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  open,
  read,
  write,
  writev,
} from 'node:fs';
import { AppError } from '@parallax/core';
import { directLength } from './direct-io.ts';
import { errnoOf, toAppError } from './failure.ts';

type Settle<T> = (error: Error | null, value: T) => void;

/**
 * One open file, by callbacks: one promise per call, where FileHandle makes four.
 * Opened with O_DIRECT as well, whole blocks go past the page cache and the rest through it.
 * Descriptors are closed only when no call is in flight: a number would be reused, and a late write would hit another file.
 */
export class OpenFile {
  readonly #fd: number;
  /** The same file past the page cache. */
  #direct: number | undefined;
  readonly #descriptors: readonly number[];
  #inFlight = 0;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;
  #writing = false;
  readonly #waitingWrites: (() => void)[] = [];

  private constructor(fd: number, direct: number | undefined) {
    this.#fd = fd;
    this.#direct = direct;
    this.#descriptors = direct === undefined ? [fd] : [fd, direct];
  }

  /** `directFlag`: O_DIRECT, or 0 for the page cache only. */
  static async open(path: string, flags: number, directFlag = 0): Promise<OpenFile> {
    const fd = await openDescriptor(path, flags);
    if (directFlag === 0) return new OpenFile(fd, undefined);
    try {
      const again = flags & ~(constants.O_CREAT | constants.O_EXCL);
      return new OpenFile(fd, await openDescriptor(path, again | directFlag));
    } catch (error) {
      await closeDescriptor(fd);
      throw error;
    }
  }

  /** Fills `into` from `position`; fewer bytes only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number> {
    return this.#run((settle) => {
      let done = 0;
      const next = () => {
        const rest = into.byteLength - done;
        const { fd, length } = this.#way(rest, position + done);
        read(fd, into, done, length, position + done, (error, count) => {
          if (this.#mustGoThroughCache(fd, error)) return next();
          if (error !== null) return settle(error, done);
          done += count;
          // A network file system may give less than there is; only nothing at all is the end.
          if (count === 0 || done === into.byteLength) return settle(null, done);
          next();
        });
      };
      if (into.byteLength === 0) settle(null, 0);
      else next();
    });
  }

  /** All of `bytes`, in order, from `position` on. */
  write(bytes: readonly Uint8Array[], position: number): Promise<void> {
    return this.#run((settle) => {
      this.#waitingWrites.push(() =>
        this.#writeFully(bytes, position, (error, value) => {
          this.#writing = false;
          this.#writeNext();
          settle(error, value);
        }),
      );
      this.#writeNext();
    });
  }

  /**
   * One write at a time: the kernel locks the file for each, and a second thread that waits for the lock spins on a core
   * meanwhile (2.5 CPU s/GB where a write alone takes 0.2).
   */
  #writeNext(): void {
    if (this.#writing) return;
    const next = this.#waitingWrites.shift();
    this.#writing = next !== undefined;
    next?.();
  }

  #writeFully(bytes: readonly Uint8Array[], position: number, settle: Settle<void>): void {
    let rest = bytes.filter((part) => part.byteLength > 0);
    let at = position;
    const next = () => {
      const [first] = rest;
      if (first === undefined) return settle(null, undefined);
      const { fd, length } = this.#way(first.byteLength, at);
      const wrote = (error: Error | null, count: number) => {
        if (this.#mustGoThroughCache(fd, error)) return next();
        if (error !== null) return settle(error, undefined);
        if (count === 0) return settle(new Error('the write made no progress'), undefined);
        at += count;
        rest = without(rest, count);
        next();
      };
      if (rest.length === 1 || fd === this.#direct) write(fd, first, 0, length, at, wrote);
      else writev(fd, rest, at, wrote);
    };
    next();
  }

  /** The descriptor for the next `bytes`, and how many of them it takes. */
  #way(bytes: number, position: number): { readonly fd: number; readonly length: number } {
    const length = this.#direct === undefined ? 0 : directLength(bytes, position);
    if (this.#direct === undefined || length === 0) return { fd: this.#fd, length: bytes };
    return { fd: this.#direct, length };
  }

  /** EINVAL is how the kernel refuses memory that does not begin at a block: what comes next will not, either. */
  #mustGoThroughCache(fd: number, error: Error | null): boolean {
    if (error === null || fd === this.#fd || errnoOf(error) !== 'EINVAL') return false;
    this.#direct = undefined;
    return true;
  }

  truncate(size: number): Promise<void> {
    return this.#run((settle) => ftruncate(this.#fd, size, settleVoid(settle)));
  }

  /** Exactly this mode: the umask takes nothing away. */
  setMode(mode: number): Promise<void> {
    return this.#run((settle) => fchmod(this.#fd, mode, settleVoid(settle)));
  }

  sync(): Promise<void> {
    return this.#run((settle) => fsync(this.#fd, settleVoid(settle)));
  }

  dataSync(): Promise<void> {
    return this.#run((settle) => fdatasync(this.#fd, settleVoid(settle)));
  }

  stat(): Promise<BigIntStats> {
    return this.#run((settle) => fstat(this.#fd, { bigint: true }, settle));
  }

  /** Waits for calls in flight. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= new Promise<void>((resolve) => {
      if (this.#inFlight === 0) resolve();
      else this.#whenIdle = resolve;
    }).then(async () => {
      const outcomes = await Promise.allSettled(this.#descriptors.map(closeDescriptor));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw toAppError(failed.reason);
    });
    return this.#closed;
  }

  #run<T>(start: (settle: Settle<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(new AppError('store_failed', 'the file is closed already'));
        return;
      }
      this.#inFlight += 1;
      start((error, value) => {
        this.#inFlight -= 1;
        if (error === null) resolve(value);
        else reject(toAppError(error));
        if (this.#inFlight === 0) this.#whenIdle?.();
      });
    });
  }
}

function settleVoid(settle: Settle<void>): (error: Error | null) => void {
  return (error) => settle(error, undefined);
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, 0o640, (error, fd) => {
      if (error === null) resolve(fd);
      else reject(error);
    });
  });
}

function closeDescriptor(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    close(fd, (error) => {
      if (error == null) resolve();
      else reject(error);
    });
  });
}

/** What is left of `bytes` after the first `count` of them. */
function without(bytes: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const part of bytes) {
    if (skip < part.byteLength) rest.push(skip === 0 ? part : part.subarray(skip));
    skip = Math.max(0, skip - part.byteLength);
  }
  return rest;
}
