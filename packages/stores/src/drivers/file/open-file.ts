import {
  type BigIntStats,
  close,
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
import { toAppError } from './failure.ts';

type Settle<T> = (error: Error | null, value: T) => void;

/**
 * One open file, by callbacks: one promise per call, where FileHandle makes four.
 * The descriptor is closed only when no call is in flight: its number would be reused, and a late write would hit another file.
 */
export class OpenFile {
  readonly #fd: number;
  #inFlight = 0;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;
  #writing = false;
  readonly #waitingWrites: (() => void)[] = [];

  private constructor(fd: number) {
    this.#fd = fd;
  }

  static open(path: string, flags: number, mode = 0o640): Promise<OpenFile> {
    return new Promise((resolve, reject) => {
      open(path, flags, mode, (error, fd) => {
        if (error === null) resolve(new OpenFile(fd));
        else reject(error);
      });
    });
  }

  /** Fills `into` from `position`; fewer bytes only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number> {
    return this.#run((settle) => readFully(this.#fd, into, position, settle));
  }

  /** All of `bytes`, in order, from `position` on. */
  write(bytes: readonly Uint8Array[], position: number): Promise<void> {
    return this.#run((settle) => {
      this.#waitingWrites.push(() =>
        writeFully(this.#fd, bytes, position, (error, value) => {
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

  truncate(size: number): Promise<void> {
    return this.#run((settle) => ftruncate(this.#fd, size, settleVoid(settle)));
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
    this.#closed ??= new Promise((resolve, reject) => {
      const end = () =>
        close(this.#fd, (error) => {
          if (error == null) resolve();
          else reject(toAppError(error));
        });
      if (this.#inFlight === 0) end();
      else this.#whenIdle = end;
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

function readFully(fd: number, into: Uint8Array, position: number, settle: Settle<number>): void {
  let done = 0;
  const next = () => {
    read(fd, into, done, into.byteLength - done, position + done, (error, count) => {
      if (error !== null) return settle(error, done);
      done += count;
      // A network file system may give less than there is; only nothing at all is the end.
      if (count === 0 || done === into.byteLength) return settle(null, done);
      next();
    });
  };
  if (into.byteLength === 0) settle(null, 0);
  else next();
}

function writeFully(
  fd: number,
  bytes: readonly Uint8Array[],
  position: number,
  settle: Settle<void>,
): void {
  let rest = bytes.filter((part) => part.byteLength > 0);
  let at = position;
  const next = () => {
    const [first] = rest;
    if (first === undefined) return settle(null, undefined);
    const wrote = (error: Error | null, count: number) => {
      if (error !== null) return settle(error, undefined);
      if (count === 0) return settle(new Error('the write made no progress'), undefined);
      at += count;
      rest = without(rest, count);
      next();
    };
    if (rest.length === 1) write(fd, first, 0, first.byteLength, at, wrote);
    else writev(fd, rest, at, wrote);
  };
  next();
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
