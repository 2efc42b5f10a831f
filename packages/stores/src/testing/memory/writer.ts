import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  CHUNK_BYTES,
  type Digest,
  type PartReceipt,
} from '@parallax/core';
import { Pages } from './pages.ts';
import type { MemoryPlace, MemoryWrite } from './place.ts';

export type MemoryShape = 'offsets' | 'parts';

/** A writer like a file's (`offsets`) or like an object store's (`parts`). */
export function memoryWriter(
  place: MemoryPlace,
  write: MemoryWrite,
  shape: MemoryShape,
): BlobWriter {
  const writer = new PartsWriter(place, write, shape);
  return shape === 'parts' ? writer : withOffsets(writer, write);
}

class PartsWriter implements BlobWriter {
  readonly session: string;
  readonly layout;
  readonly #place: MemoryPlace;
  readonly #write: MemoryWrite;
  readonly #shape: MemoryShape;

  constructor(place: MemoryPlace, write: MemoryWrite, shape: MemoryShape) {
    this.#place = place;
    this.#write = write;
    this.#shape = shape;
    this.session = write.session;
    this.layout = {
      order: 'any',
      partBytes: () => CHUNK_BYTES,
      readablePartial: shape === 'offsets',
    } as const;
  }

  async put(index: number, bytes: readonly Uint8Array[]): Promise<PartReceipt> {
    this.mustBeLive();
    let length = 0;
    for (const part of bytes) {
      this.#write.pages.write(index * CHUNK_BYTES + length, part);
      length += part.byteLength;
    }
    if (length > CHUNK_BYTES) throw new AppError('invalid_request', 'the part is too long');
    const receipt = { index, bytes: length, etag: `"${index}-${length}"` };
    this.#write.receipts.set(index, receipt);
    return receipt;
  }

  async parts(): Promise<readonly PartReceipt[]> {
    return [...this.#write.receipts.values()].sort((a, b) => a.index - b.index);
  }

  async commit(
    receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten> {
    this.mustBeLive();
    const pages = this.#shape === 'parts' ? this.#assembled(receipts) : this.#write.pages;
    const { key } = this.#write;
    if (pages.size !== o.size) {
      throw new AppError('integrity_mismatch', 'the store holds other bytes');
    }
    if (this.#place.blobs.has(key)) throw new AppError('conflict', 'the key exists');
    this.#place.blobs.set(key, { pages, modifiedAt: new Date() });
    this.#place.writes.delete(this.session);
    const proof = this.#shape === 'parts' ? 'stored' : 'sent';
    return { key, size: pages.size, proof };
  }

  async abort(): Promise<void> {
    this.#place.writes.delete(this.session);
  }

  async detach(): Promise<void> {
    // The place remembers the write; there is no file to close.
  }

  mustBeLive(): void {
    this.#place.require();
    if (this.#place.writes.get(this.session) === this.#write) return;
    throw new AppError('store_failed', 'the unfinished write was removed');
  }

  /** Only the parts named, as a multipart upload is completed. */
  #assembled(receipts: readonly PartReceipt[]): Pages {
    const pages = new Pages();
    const buffer = new Uint8Array(64 * 1024);
    for (const { index, bytes, etag } of receipts) {
      if (this.#write.receipts.get(index)?.etag !== etag) {
        throw new AppError('integrity_mismatch', 'a part is not there');
      }
      for (let done = 0; done < bytes; done += buffer.byteLength) {
        const piece = buffer.subarray(0, Math.min(buffer.byteLength, bytes - done));
        this.#write.pages.read(piece, index * CHUNK_BYTES + done);
        pages.write(index * CHUNK_BYTES + done, piece);
      }
    }
    return pages;
  }
}

function withOffsets(writer: PartsWriter, { pages }: MemoryWrite): BlobWriter {
  return Object.assign(writer, {
    async writeAt(position: number, bytes: readonly Uint8Array[]): Promise<void> {
      writer.mustBeLive();
      let at = position;
      for (const part of bytes) {
        pages.write(at, part);
        at += part.byteLength;
      }
    },
    async hole(position: number, bytes: number): Promise<void> {
      writer.mustBeLive();
      pages.hole(position, bytes);
    },
    async sync(): Promise<void> {
      writer.mustBeLive();
    },
    async readAt(into: Uint8Array, position: number): Promise<number> {
      writer.mustBeLive();
      return pages.read(into, position);
    },
  });
}
