import type { Writable } from 'node:stream';
import { AppError, LEAF_BYTES } from '@parallax/core';
import { cancelled, LEAST_BYTES_PER_SECOND } from '../watchdog.ts';

/** Sockets and responses watch their own progress, also inside one big write. */
interface WithTimeout {
  setTimeout(ms: number): unknown;
}

function watchesItself(out: Writable): out is Writable & WithTimeout {
  return 'setTimeout' in out && typeof out.setTimeout === 'function';
}

/** Of one piece, at the least rate; pieces are leaves or smaller. */
const SLOWEST_WRITE_MS = (LEAF_BYTES / LEAST_BYTES_PER_SECOND) * 1000;

/** Writes to a stream one buffer at a time; a buffer may be used again when its write has resolved. */
class Out {
  readonly #out: Writable;
  readonly #stallMs: number;
  /** Its own progress timer is in use; it must be off before the end, when the server sets its keep-alive time. */
  #watched = false;
  #failure: AppError | undefined;
  #reject: ((error: AppError) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Of one write, however much its receiver's progress timer saw. */
  #limit: NodeJS.Timeout | undefined;
  readonly #onClose = (): void => this.#fail(new AppError('cancelled', 'the receiver went away'));
  readonly #onError = (cause: unknown): void => {
    this.#fail(new AppError('cancelled', 'the receiver went away', { cause }));
  };
  readonly #onStall = (): void => {
    if (this.#reject === undefined) return;
    this.#fail(new AppError('stalled', `the receiver took no byte for ${this.#stallMs} ms`));
  };

  readonly #onSlow = (): void => {
    if (this.#reject === undefined) return;
    this.#fail(new AppError('stalled', 'the receiver takes bytes too slowly'));
  };

  constructor(out: Writable, stallMs: number) {
    this.#out = out;
    this.#stallMs = stallMs;
    out.on('close', this.#onClose).on('error', this.#onError);
    if (out.destroyed) this.#onClose();
    if (!watchesItself(out)) return;
    out.setTimeout(stallMs);
    out.on('timeout', this.#onStall);
    this.#watched = true;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#wait((done) => this.#out.write(bytes, done));
  }

  end(): Promise<void> {
    if (this.#watched && watchesItself(this.#out)) this.#out.setTimeout(0);
    this.#watched = false;
    return this.#wait((done) => this.#out.end(done));
  }

  /** Fails a write that is under way. */
  cancel(error: AppError): void {
    this.#fail(error);
  }

  /** After an error: never a clean end. */
  destroy(): void {
    this.release();
    this.#out.on('error', () => {});
    this.#out.destroy();
  }

  /** Stops watching. */
  release(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#limit);
    this.#out.off('close', this.#onClose).off('error', this.#onError);
    this.#out.off('timeout', this.#onStall);
  }

  #wait(begin: (done: (error?: Error | null) => void) => void): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#arm();
      begin((error) => {
        this.#reject = undefined;
        if (error) reject(new AppError('cancelled', 'the receiver went away', { cause: error }));
        else resolve();
      });
    });
  }

  #arm(): void {
    if (this.#limit === undefined)
      this.#limit = setTimeout(this.#onSlow, this.#stallMs + SLOWEST_WRITE_MS);
    else this.#limit.refresh();
    if (this.#watched) return;
    if (this.#timer === undefined) this.#timer = setTimeout(this.#onStall, this.#stallMs);
    else this.#timer.refresh();
  }

  #fail(error: AppError): void {
    this.#failure ??= error;
    this.#reject?.(error);
    this.#reject = undefined;
  }
}

export interface Pieces {
  readonly count: number;
  /** Piece `index`, asked for in order. Its buffer is not written to again before the piece was sent. */
  next(index: number): Promise<Uint8Array>;
}

export interface SendOptions {
  readonly stallMs: number;
  readonly signal: AbortSignal;
  /** Given when the first piece is already at hand. */
  readonly first?: Uint8Array | undefined;
}

/** Sends pieces while the next one is read, and ends `out`. On any error `out` is destroyed. */
export async function sendPieces(out: Writable, pieces: Pieces, o: SendOptions): Promise<void> {
  const to = new Out(out, o.stallMs);
  const onAbort = (): void => to.cancel(cancelled(o.signal));
  o.signal.addEventListener('abort', onAbort, { once: true });
  let ahead: Promise<Uint8Array> | undefined;
  try {
    if (o.signal.aborted) onAbort();
    let piece = pieces.count > 0 ? (o.first ?? (await pieces.next(0))) : undefined;
    for (let index = 0; piece !== undefined; index += 1) {
      ahead = index + 1 < pieces.count ? pieces.next(index + 1) : undefined;
      ahead?.catch(() => {});
      await to.write(piece);
      piece = await ahead;
    }
    await to.end();
    to.release();
  } catch (error) {
    to.destroy();
    throw error;
  } finally {
    o.signal.removeEventListener('abort', onAbort);
  }
}
