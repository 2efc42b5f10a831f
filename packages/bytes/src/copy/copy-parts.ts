import {
  CHUNK_BYTES,
  chunkCount,
  hasBit,
  LEAF_BYTES,
  LEAVES_PER_CHUNK,
  leafLength,
  SLICE_CHUNKS,
} from '@parallax/core';
import { freeChunk } from '../free-chunk.ts';
import { isZeroChunk } from '../manifest.ts';
import type { LeafReader } from '../read/leaf-reader.ts';
import { allowanceMs, cancelled, Deadline } from '../watchdog.ts';
import type { CopyContext } from './copy-context.ts';

const ZERO_LEAF = Buffer.alloc(LEAF_BYTES);

interface Part {
  readonly index: number;
  readonly firstChunk: number;
  /** One beyond the last. */
  readonly endChunk: number;
}

/** Workers that gather whole parts, for writers that take nothing smaller. */
export function copyParts(context: CopyContext): Promise<void>[] {
  const parts = missingParts(context);
  return Array.from({ length: context.workers }, (_, index) =>
    new PartWorker(context, index).work(parts),
  );
}

/** A part without receipt cannot be committed, and one without ledger was never checked: both are written again. */
function* missingParts({ content, writer, progress }: CopyContext): Generator<Part, undefined> {
  const chunks = chunkCount(content.size);
  const ledger = progress.ledger.slice();
  let firstChunk = 0;
  for (let index = 0; firstChunk < chunks; index += 1) {
    const partChunks = writer.layout.partBytes(index) / CHUNK_BYTES;
    const endChunk = Math.min(chunks, firstChunk + partChunks);
    const numbers = Array.from({ length: endChunk - firstChunk }, (_, n) => firstChunk + n);
    const done = progress.hasReceipt(index) && numbers.every((chunk) => hasBit(ledger, chunk));
    if (!done) yield { index, firstChunk, endChunk };
    firstChunk = endChunk;
  }
}

class PartWorker {
  readonly #c: CopyContext;
  readonly #leaves: LeafReader;
  /** In order there is one worker: it reads one stream to its end, and gathers the next part while one is written. */
  readonly #isInOrder: boolean;
  #isSought = false;
  /** Of the part that is gathered; then of the one that is written. */
  #buffers: Buffer[] = [];
  #others: Buffer[] = [];

  constructor(context: CopyContext, index: number) {
    this.#c = context;
    this.#leaves = context.openReader(index);
    this.#isInOrder = context.writer.layout.order === 'sequential';
  }

  async work(parts: Generator<Part, undefined>): Promise<void> {
    let putting = Promise.resolve();
    try {
      for (let part = parts.next(); part.done !== true; part = parts.next()) {
        if (this.#c.signal.aborted) throw cancelled(this.#c.signal);
        const bytes = await this.#gather(part.value);
        await putting;
        putting = this.#put(part.value, bytes);
        // Its failure is met where it is awaited.
        putting.catch(() => {});
        if (this.#isInOrder) [this.#buffers, this.#others] = [this.#others, this.#buffers];
        else await putting;
      }
      await putting;
      // Not after a failure: a call that hangs may still use them. Leaves that were always zero have none.
      const used = [...Object.values(this.#buffers), ...Object.values(this.#others)];
      for (const buffer of used) freeChunk(buffer);
    } finally {
      await this.#leaves.close();
    }
  }

  async #gather({ firstChunk, endChunk }: Part): Promise<Buffer[]> {
    const { size } = this.#c.content;
    if (!this.#isInOrder || !this.#isSought) {
      const end = this.#isInOrder ? size : Math.min(size, endChunk * CHUNK_BYTES);
      await this.#leaves.seek({ start: firstChunk * CHUNK_BYTES, end });
      this.#isSought = true;
    }
    const bytes: Buffer[] = [];
    for (let chunk = firstChunk; chunk < endChunk; chunk += 1) {
      const zero = await this.#isZero(chunk);
      const endLeaf = Math.min((chunk + 1) * LEAVES_PER_CHUNK, Math.ceil(size / LEAF_BYTES));
      for (let leaf = chunk * LEAVES_PER_CHUNK; leaf < endLeaf; leaf += 1) {
        const length = leafLength(leaf, size);
        bytes.push(zero ? ZERO_LEAF.subarray(0, length) : await this.#read(leaf, bytes.length));
      }
    }
    return bytes;
  }

  async #isZero(chunk: number): Promise<boolean> {
    return isZeroChunk(await this.#c.manifest.slice(Math.floor(chunk / SLICE_CHUNKS)), chunk);
  }

  async #read(leaf: number, at: number): Promise<Buffer> {
    const into = this.#buffers[at] ?? Buffer.allocUnsafeSlow(LEAF_BYTES);
    const bytes = await this.#leaves.read(leaf, into);
    if (bytes.buffer === into.buffer) this.#buffers[at] = into;
    return bytes;
  }

  async #put({ index, firstChunk, endChunk }: Part, bytes: readonly Buffer[]): Promise<void> {
    const { writer, signal, stallMs, progress } = this.#c;
    const size = bytes.reduce((sum, leaf) => sum + leaf.length, 0);
    const deadline = new Deadline(stallMs + allowanceMs(size), signal);
    try {
      progress.wrotePart(await deadline.run(writer.put(index, bytes, { signal })));
    } finally {
      deadline.close();
    }
    for (let chunk = firstChunk; chunk < endChunk; chunk += 1) progress.wrote(chunk);
  }
}
