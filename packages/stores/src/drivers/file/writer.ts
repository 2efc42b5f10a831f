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
import { throwIfCancelled } from '../../cancel.ts';
import { Extents } from '../../extents.ts';
import type { OpenFile } from './open-file.ts';
import { type Place, publish, withdraw } from './publish.ts';

const WIPE_BYTES = 1024 * 1024;
const LAYOUT: WriterLayout = {
  order: 'any',
  partBytes: () => CHUNK_BYTES,
  readablePartial: true,
};

/**
 * Bytes at their offsets in a hidden file of the target's folder; `commit` makes them durable, then visible, in that order.
 * A hidden file exists only while its key is not acknowledged, so it may always be removed together with what it was linked to.
 */
export class FileWriter implements BlobWriter {
  readonly session: string;
  readonly layout = LAYOUT;
  readonly #file: OpenFile;
  readonly #place: Place;
  readonly #extents: Extents;
  readonly #receipts = new Map<number, PartReceipt>();
  #end: number;
  #growing: Promise<void> | undefined;
  #named = false;
  #state: 'open' | 'detached' | 'committed' | 'gone' = 'open';

  constructor(file: OpenFile, place: Place, found: number) {
    this.#file = file;
    this.#place = place;
    this.session = place.session;
    this.#extents = new Extents(found);
    this.#end = found;
  }

  async put(index: number, bytes: readonly Uint8Array[], o?: CallOptions): Promise<PartReceipt> {
    const length = lengthOf(bytes);
    if (length > CHUNK_BYTES) throw new AppError('invalid_request', 'the part is too long');
    await this.writeAt(index * CHUNK_BYTES, bytes, o);
    const receipt = { index, bytes: length };
    this.#receipts.set(index, receipt);
    return receipt;
  }

  async writeAt(position: number, bytes: readonly Uint8Array[], o?: CallOptions): Promise<void> {
    throwIfCancelled(o?.signal);
    // A write beyond a growth under way could be cut off by it.
    while (this.#growing !== undefined) await this.#growing;
    const length = lengthOf(bytes);
    this.#extents.add(position, length);
    this.#end = Math.max(this.#end, position + length);
    return this.#file.write(bytes, position);
  }

  async hole(position: number, bytes: number): Promise<void> {
    while (this.#growing !== undefined) await this.#growing;
    const end = position + bytes;
    const overlap = Math.min(end, this.#end);
    if (end > this.#end) await this.#grow(end);
    if (this.#extents.mayHoldBytes(position, overlap)) await this.#wipe(position, overlap);
  }

  readAt(into: Uint8Array, position: number): Promise<number> {
    return this.#file.read(into, position);
  }

  async sync(): Promise<void> {
    await this.#orWithdraw(async () => {
      await this.#file.dataSync();
      if (this.#named) return;
      await this.#place.syncFolder();
      this.#named = true;
    });
  }

  /** A file keeps no list of parts: only what this writer put is known, and after `resume` the ledger has to be read back. */
  async parts(): Promise<readonly PartReceipt[]> {
    return [...this.#receipts.values()].sort((a, b) => a.index - b.index);
  }

  async commit(
    _receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten> {
    throwIfCancelled(o.signal);
    const found = await this.#file.stat();
    const size = Number(found.size);
    if (size !== o.size) {
      throw new AppError('integrity_mismatch', 'the store holds another number of bytes', {
        context: { size, expected: o.size },
      });
    }
    await this.#orWithdraw(() => this.#file.sync());
    await this.#file.close();
    throwIfCancelled(o.signal);
    await publish(this.#place, found);
    this.#state = 'committed';
    return { key: this.#place.key, size, proof: 'sent' };
  }

  async abort(): Promise<void> {
    if (this.#state === 'committed' || this.#state === 'gone') return;
    await this.#file.close();
    await withdraw(this.#place);
    this.#state = 'gone';
  }

  async detach(): Promise<void> {
    if (this.#state === 'open') this.#state = 'detached';
    await this.#file.close();
  }

  /** After a failed sync the kernel may have dropped the pages and call the next sync a success: such a file is never tried again. */
  async #orWithdraw(sync: () => Promise<void>): Promise<void> {
    try {
      await sync();
    } catch (error) {
      await this.abort().catch((second: unknown) => {
        throw new AppError('store_failed', 'the write was neither synced nor withdrawn', {
          cause: new AggregateError([error, second]),
        });
      });
      throw error;
    }
  }

  /** Every write under way ends at or before `#end`, and later ones wait: this cuts nothing off. */
  async #grow(end: number): Promise<void> {
    this.#end = end;
    this.#growing = this.#file.truncate(end);
    try {
      await this.#growing;
    } finally {
      this.#growing = undefined;
    }
  }

  /** Makes zero what is not. Reading a hole gives zeros without filling it. */
  async #wipe(from: number, end: number): Promise<void> {
    const zeros = new Uint8Array(WIPE_BYTES);
    const found = new Uint8Array(WIPE_BYTES);
    for (let position = from; position < end; position += WIPE_BYTES) {
      const length = Math.min(WIPE_BYTES, end - position);
      const count = await this.#file.read(found.subarray(0, length), position);
      const same = Buffer.compare(found.subarray(0, count), zeros.subarray(0, count)) === 0;
      if (!same) await this.#file.write([zeros.subarray(0, count)], position);
    }
  }
}

function lengthOf(bytes: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of bytes) length += part.byteLength;
  return length;
}
