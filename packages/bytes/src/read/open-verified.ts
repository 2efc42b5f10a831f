import type { Writable } from 'node:stream';
import { type Content, LEAF_BYTES, LEAVES_PER_CHUNK, leafLength } from '@parallax/core';
import { type LinkedAbort, linkAbort } from '../linked-abort.ts';
import { isZeroChunk, type ManifestReader, sliceOfLeaf } from '../manifest.ts';
import type { BadSource, Source } from '../source/source.ts';
import { giveLeafBuffer, takeLeafBuffer } from './leaf-buffers.ts';
import { LeafReader } from './leaf-reader.ts';
import { sendPieces } from './out.ts';
import { SourceSet } from './source-set.ts';

export interface ReadVerifiedOptions {
  readonly content: Content;
  readonly manifest: ManifestReader;
  /** Best first. */
  readonly sources: readonly Source[];
  /** Half-open, inside the content. */
  readonly range: { readonly start: number; readonly end: number };
  readonly stallMs: number;
  readonly signal: AbortSignal;
  /** Called once for every source that failed. */
  readonly onBad: (bad: BadSource) => void;
}

/** An open read whose first leaf is checked. Either `sendTo` or `close` must be called. */
export interface VerifiedRead {
  /**
   * Every byte was checked before it leaves. `out` is ended only after the last byte; on any error it is destroyed,
   * so that nobody takes a part for the whole. Buffers are used again as soon as `out` has called back for a write,
   * so it must not keep them. `unavailable` when no source is left, `cancelled`, `stalled`.
   */
  sendTo(out: Writable): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

const ZERO_LEAF = Buffer.alloc(LEAF_BYTES);

/** Resolves when the first leaf is checked; `unavailable` when no source has it. */
export async function openVerified(options: ReadVerifiedOptions): Promise<VerifiedRead> {
  const read = new RangeRead(options);
  try {
    await read.begin();
    return read;
  } catch (error) {
    await read.close();
    throw error;
  }
}

class RangeRead implements VerifiedRead {
  readonly #o: ReadVerifiedOptions;
  readonly #stop: LinkedAbort;
  readonly #leaves: LeafReader;
  readonly #firstLeaf: number;
  readonly #count: number;
  /** One is sent while the other is filled. */
  readonly #buffers: Buffer[];
  #first: Uint8Array | undefined;
  /** A read or the receiver may still use the buffers. */
  #busy = false;
  #closed = false;

  constructor(options: ReadVerifiedOptions) {
    this.#o = options;
    const { range, content } = options;
    const sources = new SourceSet(options.sources, options.onBad);
    this.#stop = linkAbort(options.signal);
    this.#leaves = new LeafReader({ ...options, sources, signal: this.#stop.signal });
    this.#firstLeaf = Math.floor(range.start / LEAF_BYTES);
    const end = Math.max(range.start, Math.min(range.end, content.size));
    this.#count = end > range.start ? Math.ceil(end / LEAF_BYTES) - this.#firstLeaf : 0;
    this.#buffers = Array.from({ length: Math.min(2, this.#count) }, (_, index) =>
      takeLeafBuffer(leafLength(this.#firstLeaf + index, content.size)),
    );
  }

  async begin(): Promise<void> {
    if (this.#count === 0) return;
    this.#busy = true;
    await this.#leaves.seek(this.#coveringLeaves());
    this.#first = await this.#read(0);
    this.#busy = false;
  }

  async sendTo(out: Writable): Promise<void> {
    const { stallMs } = this.#o;
    const { signal } = this.#stop;
    const pieces = { count: this.#count, next: (index: number) => this.#next(index) };
    this.#busy = true;
    try {
      await sendPieces(out, pieces, { stallMs, signal, first: this.#first });
      this.#busy = false;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.unlink();
    await this.#leaves.close();
    if (!this.#busy) for (const buffer of this.#buffers.splice(0)) giveLeafBuffer(buffer);
  }

  #coveringLeaves(): { start: number; end: number } {
    const { content } = this.#o;
    const end = Math.min(content.size, (this.#firstLeaf + this.#count) * LEAF_BYTES);
    return { start: this.#firstLeaf * LEAF_BYTES, end };
  }

  async #next(index: number): Promise<Uint8Array> {
    const leaf = this.#firstLeaf + index;
    const slice = await this.#o.manifest.slice(sliceOfLeaf(leaf));
    const zero = isZeroChunk(slice, Math.floor(leaf / LEAVES_PER_CHUNK));
    if (!zero) return this.#read(index);
    return this.#wanted(leaf, ZERO_LEAF.subarray(0, leafLength(leaf, this.#o.content.size)));
  }

  async #read(index: number): Promise<Uint8Array> {
    const leaf = this.#firstLeaf + index;
    const at = index % 2;
    const into = this.#buffers[at] ?? Buffer.allocUnsafeSlow(LEAF_BYTES);
    const bytes = await this.#leaves.read(leaf, into);
    // Another buffer comes back when a read that was given up may still write into this one.
    if (bytes.buffer !== into.buffer) this.#buffers[at] = Buffer.from(bytes.buffer);
    return this.#wanted(leaf, bytes);
  }

  /** The part of a checked leaf that was asked for. */
  #wanted(leaf: number, bytes: Uint8Array): Uint8Array {
    const { start, end } = this.#o.range;
    const from = leaf * LEAF_BYTES;
    if (start <= from && end >= from + bytes.length) return bytes;
    return bytes.subarray(Math.max(0, start - from), end - from);
  }
}
