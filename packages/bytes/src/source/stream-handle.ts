import type { Readable } from 'node:stream';
import { AppError, type BlobHandle, type BlobRead, type ByteRange } from '@parallax/core';
import { freeChunk } from '../free-chunk.ts';

type OpenRange = (range: ByteRange) => Promise<BlobRead>;

interface Want {
  readonly into: Uint8Array;
  filled: number;
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Positional reads over streams: cheap in order; a read elsewhere opens a new stream there. */
export class StreamHandle implements BlobHandle {
  readonly size: number;
  readonly #open: OpenRange;
  readonly #end: number | undefined;
  #flow: Flow;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(first: BlobRead, { range, open }: { range: ByteRange; open: OpenRange }) {
    this.size = first.size;
    this.#end = range.end;
    this.#open = open;
    this.#flow = this.#flowOf(first, range.start);
  }

  /** `open` is asked for the rest of the range, from the start or from where a read jumped to. */
  static async over(range: ByteRange, open: OpenRange): Promise<StreamHandle> {
    return new StreamHandle(await open(range), { range, open });
  }

  /** Reads that overlap in time are done one after the other. */
  read(into: Uint8Array, position: number): Promise<number> {
    const read = this.#last.then(() => this.#read(into, position));
    this.#last = read.catch(() => {});
    return read;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#flow.destroy();
  }

  async #read(into: Uint8Array, position: number): Promise<number> {
    if (this.#closed) throw new AppError('cancelled', 'the handle is closed');
    if (position >= this.size) return 0;
    if (position !== this.#flow.position) await this.#jump(position);
    return this.#flow.fill(into);
  }

  async #jump(start: number): Promise<void> {
    this.#flow.destroy();
    this.#flow = this.#flowOf(await this.#open({ start, end: this.#end }), start);
    if (this.#closed) this.#flow.destroy();
  }

  #flowOf({ body, unshared }: BlobRead, start: number): Flow {
    const end = Math.min(this.#end ?? this.size, this.size);
    return new Flow(body, { start, end, free: unshared === true });
  }
}

/** A stream that is read into the caller's buffers. */
class Flow {
  position: number;
  readonly #end: number;
  readonly #body: Readable;
  readonly #free: boolean;
  #want: Want | undefined;
  /** A chunk that goes beyond the last read, from `at` on; the body is paused while there is one. */
  #surplus: { readonly chunk: Buffer; readonly at: number } | undefined;
  #ended = false;
  #error: unknown;

  constructor(
    body: Readable,
    o: { readonly start: number; readonly end: number; readonly free: boolean },
  ) {
    this.position = o.start;
    this.#end = o.end;
    this.#free = o.free;
    this.#body = body;
    body.on('data', (chunk: Buffer) => this.#take(chunk));
    body.on('end', () => this.#finish(undefined));
    body.on('error', (error) => this.#finish(error));
    body.on('close', () => this.#finish(new AppError('unavailable', 'the stream broke off')));
    body.pause();
  }

  fill(into: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#want = { into, filled: 0, resolve, reject };
      const surplus = this.#surplus;
      this.#surplus = undefined;
      if (surplus !== undefined) this.#take(surplus.chunk, surplus.at);
      if (this.#want === undefined) return;
      if (this.#ended) this.#settle();
      else this.#body.resume();
    });
  }

  /** A stream that gave its last byte is let run to its end, so that its connection can be used again. */
  destroy(): void {
    if (this.position >= this.#end) this.#body.resume();
    else this.#body.destroy();
    this.#finish(new AppError('cancelled', 'the handle is closed'));
  }

  #take(chunk: Buffer, at = 0): void {
    const want = this.#want;
    const room = want === undefined ? 0 : want.into.length - want.filled;
    const copied = Math.min(chunk.length - at, room);
    want?.into.set(chunk.subarray(at, at + copied), want.filled);
    this.position += copied;
    if (want !== undefined) want.filled += copied;
    if (at + copied < chunk.length) this.#surplus = { chunk, at: at + copied };
    else if (this.#free) freeChunk(chunk);
    if (want !== undefined && want.filled < want.into.length) return;
    this.#body.pause();
    this.#settle();
  }

  #finish(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#settle();
  }

  #settle(): void {
    const want = this.#want;
    this.#want = undefined;
    if (want === undefined) return;
    if (this.#error !== undefined && want.filled < want.into.length) want.reject(this.#error);
    else want.resolve(want.filled);
  }
}
