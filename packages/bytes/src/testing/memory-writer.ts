import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  CHUNK_BYTES,
  type PartReceipt,
  type WriterLayout,
} from '@parallax/core';

export interface MemoryWriterOptions {
  readonly order?: WriterLayout['order'];
  readonly partBytes?: number;
  readonly writeBytes?: number;
  /** Called before every write; may wait or throw. */
  readonly before?: (write: { readonly position: number; readonly bytes: number }) => unknown;
}

/** Takes bytes into memory, in any order or checked to be in order. Base of both writers. */
abstract class MemoryBlob {
  readonly session = 'memory';
  readonly layout: WriterLayout;
  readonly receipts: PartReceipt[] = [];
  /** Positions of all writes, in order of issue. */
  readonly writes: number[] = [];
  syncs = 0;
  inFlight = 0;
  mostInFlight = 0;
  protected readonly o: MemoryWriterOptions;
  #room = Buffer.alloc(0);
  #size = 0;

  constructor(options: MemoryWriterOptions = {}) {
    this.o = options;
    const { order = 'any', partBytes = CHUNK_BYTES, writeBytes } = options;
    this.layout = {
      order,
      partBytes: () => partBytes,
      readablePartial: true,
      ...(writeBytes === undefined ? {} : { writeBytes }),
    };
  }

  get content(): Buffer {
    return this.#room.subarray(0, this.#size);
  }

  async sync(): Promise<void> {
    this.syncs += 1;
  }

  async parts(): Promise<readonly PartReceipt[]> {
    return this.receipts;
  }

  async commit(
    _receipts: readonly PartReceipt[],
    { size }: { readonly size: number },
  ): Promise<BlobWritten> {
    if (size !== this.#size) throw new AppError('integrity_mismatch');
    return { key: 'memory', size, proof: 'sent' };
  }

  async abort(): Promise<void> {}

  async detach(): Promise<void> {}

  protected async write(position: number, pieces: readonly Uint8Array[]): Promise<number> {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#checkOrder(position);
    this.writes.push(position);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      await this.o.before?.({ position, bytes });
      this.store(position, pieces);
      return bytes;
    } finally {
      this.inFlight -= 1;
    }
  }

  protected store(position: number, pieces: readonly Uint8Array[]): void {
    let at = position;
    for (const piece of pieces) {
      this.#grow(at + piece.length);
      this.#room.set(piece, at);
      at += piece.length;
    }
  }

  #grow(size: number): void {
    if (size > this.#room.length) {
      const room = Buffer.alloc(Math.max(size, this.#room.length * 2));
      this.#room.copy(room);
      this.#room = room;
    }
    this.#size = Math.max(this.#size, size);
  }

  #checkOrder(position: number): void {
    if (this.layout.order === 'any') return;
    if (this.inFlight > 0 || position < (this.writes.at(-1) ?? 0)) {
      throw new AppError('store_failed', 'a sequential writer was called out of order');
    }
  }
}

/** Like a file: bytes at any offset, and holes. */
export class MemoryWriter extends MemoryBlob implements BlobWriter {
  holes = 0;

  async put(index: number, bytes: readonly Uint8Array[]): Promise<PartReceipt> {
    return { index, bytes: await this.write(index * this.layout.partBytes(0), bytes) };
  }

  async writeAt(position: number, bytes: readonly Uint8Array[]): Promise<void> {
    await this.write(position, bytes);
  }

  async hole(position: number, bytes: number): Promise<void> {
    this.holes += bytes;
    this.store(position, [Buffer.alloc(bytes)]);
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    const bytes = this.content.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  }
}

/** Like an object store: whole parts only. */
export class MemoryPartWriter extends MemoryBlob implements BlobWriter {
  async put(index: number, pieces: readonly Uint8Array[]): Promise<PartReceipt> {
    const bytes = await this.write(index * this.layout.partBytes(0), pieces);
    const receipt = { index, bytes, etag: `part-${index}` };
    this.receipts.push(receipt);
    return receipt;
  }
}
