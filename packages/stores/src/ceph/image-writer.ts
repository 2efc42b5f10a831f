import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  CHUNK_BYTES,
  type Digest,
  type PartReceipt,
  type WriterLayout,
} from '@parallax/core';
import { throwIfCancelled } from '../cancel.ts';
import { Extents } from '../extents.ts';
import { MAX_TRANSFER_BYTES } from './child/buffers.js';
import type { OpenImage } from './image.ts';
import { piecesOf } from './pieces.ts';

const GROWTH_BYTES = 8 * 1024 ** 3;
const ZERO_BYTES = 1024 ** 3;
/** Measured on one OSD: smaller and larger ones both cost it more, of 8 MiB twice as much. */
const WRITE_BYTES = 2 * 1024 ** 2;
const LAYOUT: WriterLayout = {
  order: 'any',
  partBytes: () => CHUNK_BYTES,
  readablePartial: true,
  writeBytes: WRITE_BYTES,
};

/** What the store does with a writer's image when the writing is over. */
export interface WriterEnd {
  publish(size: number): Promise<void>;
  dispose(): Promise<void>;
  /** Makes the image reach `end` and returns its size; present where it is not ours to resize. Then it is never trimmed either. */
  grow?(end: number): Promise<number>;
  /** After the image was closed, by a writer that neither committed nor aborted. */
  letGo?(): Promise<void>;
  /** It is told nothing any more. */
  over(): void;
}
export interface WriterOptions {
  readonly key: string;
  readonly session: string;
  readonly image: OpenImage;
  /** An earlier process wrote to it, nobody knows how far. */
  readonly isResumed: boolean;
  readonly end: WriterEnd;
}

/** Bytes at their offsets in an image that no key leads to; `commit` publishes it. */
export class ImageWriter implements BlobWriter {
  readonly session: string;
  readonly layout = LAYOUT;
  readonly image: OpenImage;
  readonly #key: string;
  readonly #end: WriterEnd;
  readonly #isResumed: boolean;
  readonly #extents: Extents;
  readonly #receipts = new Map<number, PartReceipt>();
  /** Bytes up to the last one that was written here. */
  #written = 0;
  /** Bytes of the image, which may be more. */
  #room: number;
  #growing: Promise<void> | undefined;
  #state: 'open' | 'detached' | 'committed' | 'gone' = 'open';

  constructor({ key, session, image, isResumed, end }: WriterOptions) {
    this.session = session;
    this.#key = key;
    this.image = image;
    this.#isResumed = isResumed;
    this.#extents = new Extents(isResumed ? image.size : 0);
    this.#room = image.size;
    this.#end = end;
  }

  async put(index: number, bytes: readonly Uint8Array[], o?: CallOptions): Promise<PartReceipt> {
    const length = bytes.reduce((sum, each) => sum + each.byteLength, 0);
    if (length > CHUNK_BYTES) throw new AppError('invalid_request', 'the part is too long');
    await this.writeAt(index * CHUNK_BYTES, bytes, o);
    const receipt = { index, bytes: length };
    this.#receipts.set(index, receipt);
    return receipt;
  }

  async writeAt(position: number, bytes: readonly Uint8Array[], o?: CallOptions): Promise<void> {
    throwIfCancelled(o?.signal);
    this.#requireOpen();
    const pieces = piecesOf(bytes, MAX_TRANSFER_BYTES);
    const end = position + pieces.reduce((sum, piece) => sum + piece.length, 0);
    await this.#reach(end);
    this.#extents.add(position, end - position);
    let at = position;
    for (const { length, bytes: send } of pieces) {
      await this.image.call('write', { position: at }, { send });
      at += length;
    }
  }

  async hole(position: number, bytes: number): Promise<void> {
    this.#requireOpen();
    const end = position + bytes;
    await this.#reach(end);
    if (!this.#extents.mayHoldBytes(position, end)) return;
    for (let at = position; at < end; at += ZERO_BYTES) {
      const length = Math.min(ZERO_BYTES, end - at);
      await this.image.call('zero', { position: at, length });
    }
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    this.#requireOpen();
    const end = this.#isResumed ? this.#room : this.#written;
    const wanted = Math.max(0, Math.min(into.byteLength, end - position));
    return wanted === 0 ? 0 : this.image.read(into.subarray(0, wanted), position);
  }

  async sync(): Promise<void> {
    this.#requireOpen();
    await this.image.call('flush', {});
  }

  /** An image keeps no list of parts: only what this writer put is known, and after `resume` the ledger has to be read back. */
  async parts(): Promise<readonly PartReceipt[]> {
    return [...this.#receipts.values()].sort((a, b) => a.index - b.index);
  }

  async commit(
    _receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten> {
    throwIfCancelled(o.signal);
    this.#requireOpen();
    this.#requireSize(o.size);
    if (this.#room !== o.size && this.#end.grow === undefined) {
      await this.#resizing(this.#resize(o.size));
    }
    await this.image.call('flush', {});
    throwIfCancelled(o.signal);
    await this.#end.publish(o.size);
    this.#state = 'committed';
    this.#end.over();
    return { key: this.#key, size: o.size, proof: 'sent' };
  }

  async abort(): Promise<void> {
    if (this.#state === 'committed' || this.#state === 'gone') return;
    await this.image.close();
    await this.#end.dispose();
    this.#state = 'gone';
    this.#end.over();
  }

  async detach(): Promise<void> {
    const wasOpen = this.#state === 'open';
    if (wasOpen) this.#state = 'detached';
    await this.image.close();
    if (wasOpen) await this.#end.letGo?.();
    this.#end.over();
  }

  /** The store removes the key: nothing may be written any more, nor hold the image open. */
  async revoke(): Promise<void> {
    if (this.#state !== 'committed') this.#state = 'gone';
    await this.image.close();
    this.#end.over();
  }

  #requireOpen(): void {
    if (this.#state !== 'open') throw new AppError('store_failed', 'the write has ended');
  }

  /** An image is as long as it was made: how far it was written to is known for certain only when all was written here. */
  #requireSize(size: number): void {
    const isRight = this.#isResumed
      ? this.#written <= size && size <= this.#room
      : size === this.#written;
    if (isRight) return;
    throw new AppError('integrity_mismatch', 'the store holds another number of bytes', {
      context: { size: this.#isResumed ? this.#room : this.#written, expected: size },
    });
  }

  /** Makes room up to `end`, twice as much as there was: each growth costs round trips, and the commit trims. */
  async #reach(end: number): Promise<void> {
    while (this.#growing !== undefined) await this.#growing;
    this.#written = Math.max(this.#written, end);
    if (end <= this.#room) return;
    await this.#resizing(this.#end.grow?.(end) ?? this.#doubled(end));
    if (end > this.#room) throw new AppError('unavailable', 'the image did not grow');
  }

  #doubled(end: number): Promise<number> {
    const step = Math.min(Math.max(this.#room, CHUNK_BYTES), GROWTH_BYTES);
    return this.#resize(Math.max(end, this.#room + step));
  }

  async #resize(size: number): Promise<number> {
    await this.image.call('resize', { size });
    return size;
  }

  async #resizing(resizing: Promise<number>): Promise<void> {
    this.#growing = resizing.then((room) => {
      this.#room = room;
    });
    try {
      await this.#growing;
    } finally {
      this.#growing = undefined;
    }
  }
}
