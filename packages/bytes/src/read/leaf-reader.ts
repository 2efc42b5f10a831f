import {
  AppError,
  type BlobHandle,
  type ByteRange,
  type Content,
  LEAF_BYTES,
  leafLength,
} from '@parallax/core';
import { isLeaf } from '../digest/leaf-tag.ts';
import { type ManifestReader, sliceOfLeaf } from '../manifest.ts';
import { closeUnseen, openWithin } from '../source/lifetime.ts';
import type { Source } from '../source/source.ts';
import { cancelled, Deadline } from '../watchdog.ts';
import type { SourceSet } from './source-set.ts';

/** Fills `into` with leaf `leaf` and checks it. `integrity_mismatch` with the reason in its context. */
export async function readLeaf(
  from: { readonly content: Content; readonly manifest: ManifestReader },
  read: (into: Uint8Array, position: number) => Promise<number>,
  { leaf, into }: { readonly leaf: number; readonly into: Uint8Array },
): Promise<void> {
  const slice = await from.manifest.slice(sliceOfLeaf(leaf));
  const bytes = await read(into, leaf * LEAF_BYTES);
  if (bytes !== into.length) {
    const context = { reason: 'size_mismatch', leaf, bytes };
    throw new AppError('integrity_mismatch', 'the copy is too short', { context });
  }
  if (!isLeaf(from.content, slice, leaf, into)) {
    const context = { reason: 'digest_mismatch', leaf };
    throw new AppError('integrity_mismatch', 'the copy has wrong bytes', { context });
  }
}

export interface LeafReaderOptions {
  readonly content: Content;
  readonly manifest: ManifestReader;
  readonly sources: SourceSet;
  readonly stallMs: number;
  readonly signal: AbortSignal;
  /** Which of several parallel readers this is, so that they spread over the sources. */
  readonly reader?: number;
  /** The bytes are read once, for a copy. */
  readonly uncached?: boolean;
}

/** Checked leaves from the best source that still works; the next one goes on at the leaf where the last one failed. */
export class LeafReader {
  readonly #o: LeafReaderOptions;
  readonly #deadline: Deadline;
  #range: ByteRange = { start: 0, end: 0 };
  #source: Source | undefined;
  #blob: BlobHandle | undefined;
  #attempt = new AbortController();
  readonly #onAbort = (): void => this.#attempt.abort(this.#o.signal.reason);

  constructor(options: LeafReaderOptions) {
    this.#o = options;
    this.#deadline = new Deadline(options.stallMs, options.signal);
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** What will be read next; a stream is opened for no more than that. */
  async seek(range: ByteRange): Promise<void> {
    await this.#closeBlob();
    this.#range = range;
  }

  /** Returns `into` cut to the leaf, or another buffer when a read that was given up may still write into it. */
  async read(leaf: number, into: Buffer): Promise<Buffer> {
    const { content, manifest, signal } = this.#o;
    const length = leafLength(leaf, content.size);
    // A failing catalog is not the fault of the source.
    await manifest.slice(sliceOfLeaf(leaf));
    let buffer = into.subarray(0, length);
    for (;;) {
      if (signal.aborted) throw cancelled(signal);
      const source = await this.#current();
      try {
        const blob = this.#blob ?? (await this.#open(source, leaf));
        const checked = readLeaf(this.#o, (b, at) => blob.read(b, at), { leaf, into: buffer });
        await this.#deadline.run(checked);
        return buffer;
      } catch (error) {
        await this.#closeBlob();
        if (signal.aborted) throw cancelled(signal);
        this.#o.sources.drop(source, error);
        buffer = Buffer.allocUnsafeSlow(length);
      }
    }
  }

  async close(): Promise<void> {
    this.#deadline.close();
    this.#o.signal.removeEventListener('abort', this.#onAbort);
    await this.#closeBlob();
  }

  async #current(): Promise<Source> {
    const source = this.#source;
    if (source !== undefined && this.#o.sources.isAlive(source)) return source;
    // Another reader may have found it bad.
    await this.#closeBlob();
    return this.#o.sources.pick(this.#o.reader);
  }

  async #open(source: Source, leaf: number): Promise<BlobHandle> {
    this.#source = source;
    this.#attempt = new AbortController();
    const range = { start: leaf * LEAF_BYTES, end: this.#range.end };
    const { uncached } = this.#o;
    const opening = source.open(range, { signal: this.#attempt.signal, uncached });
    this.#blob = await openWithin(this.#deadline, opening);
    return this.#blob;
  }

  async #closeBlob(): Promise<void> {
    const blob = this.#blob;
    this.#blob = undefined;
    this.#source = undefined;
    this.#attempt.abort(new AppError('cancelled'));
    if (blob !== undefined) closeUnseen(blob);
  }
}
