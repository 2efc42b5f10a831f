import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  CHUNK_BYTES,
  type Digest,
  type PartReceipt,
} from '@parallax/core';
import type { GlanceClient } from './client.ts';
import { sizeOf, textOf } from './record.ts';
import { Upload } from './upload.ts';
import { withdraw } from './withdraw.ts';

export interface GlanceWriterOptions {
  readonly client: GlanceClient;
  readonly id: string;
  readonly session: string;
  readonly size: number | undefined;
  readonly backend: string | undefined;
  /** All bytes arrived there in an earlier attempt, which died before it could say so: only the proof is missing. */
  readonly isWhole: boolean;
  /** Brings the record in step, once its bytes are there. */
  readonly describe: (o: CallOptions) => Promise<void>;
}

/** Fills a placeholder. What is given up goes back to `queued` there and keeps its id: a DELETE would burn it. */
export class GlanceWriter implements BlobWriter {
  readonly session: string;
  readonly layout = {
    order: 'sequential',
    partBytes: () => CHUNK_BYTES,
    readablePartial: false,
  } as const;
  readonly #o: GlanceWriterOptions;
  readonly #parts: PartReceipt[] = [];
  #upload: Upload | undefined;
  #ended: 'committed' | 'given up' | undefined;

  constructor(o: GlanceWriterOptions) {
    this.#o = o;
    this.session = o.session;
  }

  async put(
    index: number,
    bytes: readonly Uint8Array[],
    o: CallOptions = {},
  ): Promise<PartReceipt> {
    this.#requireOpen();
    const receipt = { index, bytes: bytes.reduce((sum, piece) => sum + piece.byteLength, 0) };
    if (this.#o.isWhole) return receipt;
    if (index !== this.#parts.length) {
      throw new AppError('internal', 'parts of a sequential write come in order');
    }
    await this.#open().write(bytes, o.signal);
    this.#parts.push(receipt);
    return receipt;
  }

  async parts(): Promise<readonly PartReceipt[]> {
    return [...this.#parts];
  }

  async commit(
    _receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten> {
    this.#requireOpen();
    if (!this.#o.isWhole) {
      const upload = this.#open();
      if (upload.bytes !== o.size) {
        await this.abort();
        throw new AppError('integrity_mismatch', 'the size differs from the bytes written');
      }
      await upload.finish(o.signal);
    }
    const proof = await this.#prove(o);
    this.#ended = 'committed';
    await this.#o.describe({ signal: o.signal });
    return { key: this.#o.id, size: o.size, proof };
  }

  async abort(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = 'given up';
    await this.#upload?.cancel();
  }

  detach(): Promise<void> {
    return this.abort();
  }

  /** Glance's own hash and size against ours. A copy that differs is deleted: its id is lost, but wrong bytes are not served. */
  async #prove(
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<'sent' | 'stored'> {
    const { client, id } = this.#o;
    const record = await client.find(id, o.signal);
    if (record === undefined) throw idBurned();
    const { digest } = o;
    const isComparable = digest !== undefined && record['os_hash_algo'] === digest.algorithm;
    const differs = isComparable && textOf(record, 'os_hash_value') !== digest.hex;
    if (sizeOf(record) === o.size && !differs) return isComparable ? 'stored' : 'sent';
    this.#ended = 'given up';
    await withdraw(client, record, o.signal);
    throw new AppError('integrity_mismatch', 'glance stored other bytes than were sent');
  }

  #open(): Upload {
    this.#upload ??= new Upload(this.#o);
    return this.#upload;
  }

  #requireOpen(): void {
    if (this.#ended !== undefined) throw new AppError('store_failed', 'the write was ended');
  }
}

/** The id was used there and deleted: Glance takes it again only after its database was purged. */
export function idBurned(): AppError {
  return new AppError('conflict', 'the image was deleted there, and its id with it', {
    context: { reason: 'id_burned' },
  });
}
