import { Readable } from 'node:stream';
import { AppError } from '@parallax/core';

/** What somebody wants to know of a body on its way. */
export interface BodyWatch {
  /** Sees every chunk. */
  readonly passed?: (bytes: number) => void;
  /** Told once how the inner stream ended, unless its reader let go of it before. */
  readonly ended?: (error: Error | undefined) => void;
  /** Destroys the stream when the reader waits and nothing comes for `ms`. A slow reader is no stall. */
  readonly stall?: { readonly ms: number; readonly error: () => Error };
}

interface Exact {
  readonly bytes: number;
  /** What an error of the inner stream means. */
  readonly toError: (error: Error) => Error;
}

/** The same chunks as `body`, one by one and not copied; both streams end together. A body that is watched already is the same stream. */
export function watchBody(body: Readable, watch: BodyWatch): Readable {
  const watched = body instanceof WatchedBody ? body : new WatchedBody(body);
  watched.watch(watch);
  return watched;
}

/** An answer's body of exactly `bytes`, or an error: never a clean end with less. */
export function exactBody(inner: Readable, exact: Exact): Readable {
  return new WatchedBody(inner, exact);
}

/** One stream for all who watch: each between reader and socket costs as much as the socket. */
class WatchedBody extends Readable {
  readonly #inner: Readable;
  readonly #exact: Exact | undefined;
  readonly #watches: BodyWatch[] = [];
  #bytes = 0;
  #isWanted = false;
  #stall: BodyWatch['stall'];
  #timer: NodeJS.Timeout | undefined;

  constructor(inner: Readable, exact?: Exact) {
    // The inner stream has the buffer.
    super({ highWaterMark: 1 });
    this.#inner = inner;
    this.#exact = exact;
    inner.on('data', (chunk: Uint8Array) => this.#take(chunk));
    inner.on('end', () => this.#end());
    inner.on('error', (error) => this.#fail(exact?.toError(error) ?? error));
    inner.on('close', () => {
      if (!inner.readableEnded) this.#fail(broken('broke off'));
    });
    inner.pause();
  }

  watch(watch: BodyWatch): void {
    this.#watches.push(watch);
    this.#stall ??= watch.stall;
  }

  override _read(): void {
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#arm();
    }
    this.#inner.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#inner.destroy();
    done(error);
  }

  #take(chunk: Uint8Array): void {
    if (this.destroyed) return;
    this.#bytes += chunk.byteLength;
    if (this.#exact !== undefined && this.#bytes > this.#exact.bytes) {
      this.#fail(broken('is too long'));
      return;
    }
    for (const { passed } of this.#watches) passed?.(chunk.byteLength);
    this.#isWanted = false;
    // May ask for the next chunk before it returns.
    if (!this.push(chunk)) this.#inner.pause();
    else if (!this.#isWanted) this._read();
  }

  #end(): void {
    if (this.#exact !== undefined && this.#bytes < this.#exact.bytes) {
      this.#fail(broken('ended early'));
      return;
    }
    clearTimeout(this.#timer);
    if (!this.destroyed) this.#tell(undefined);
    this.push(null);
  }

  #fail(error: Error): void {
    if (this.destroyed) return;
    this.#tell(error);
    this.destroy(error);
  }

  #tell(error: Error | undefined): void {
    for (const { ended } of this.#watches) ended?.(error);
  }

  /** One timer, put off at every chunk; it looks only later whether anybody waits. */
  #arm(): void {
    const stall = this.#stall;
    if (stall === undefined || this.#inner.readableEnded) return;
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isWanted) this.#fail(stall.error());
    }, stall.ms);
  }
}

function broken(how: string): AppError {
  return new AppError('store_failed', `the body of the blob ${how}`);
}
