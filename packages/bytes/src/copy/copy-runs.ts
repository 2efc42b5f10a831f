import {
  type BlobWriter,
  CHUNK_BYTES,
  chunkLength,
  LEAF_BYTES,
  LEAVES_PER_CHUNK,
} from '@parallax/core';
import { giveLeafBuffer, takeLeafBuffer } from '../read/leaf-buffers.ts';
import type { LeafReader } from '../read/leaf-reader.ts';
import { cancelled, Deadline } from '../watchdog.ts';
import type { CopyContext } from './copy-context.ts';
import { planRuns, type Run } from './plan.ts';

const ZERO_LEAF = Buffer.alloc(LEAF_BYTES);

/** Workers that write leaves where they belong, for writers that take bytes at any offset. */
export function copyRuns(context: CopyContext): Promise<void>[] {
  const { content, manifest, progress, workers } = context;
  const runs = planRuns(content, manifest, { ledger: progress.ledger, workers });
  return Array.from({ length: workers }, (_, index) => new RunWorker(context, index).work(runs));
}

class RunWorker {
  readonly #c: CopyContext;
  readonly #leaves: LeafReader;
  readonly #deadline: Deadline;
  /** One is written while the other is filled. */
  readonly #buffers: Buffer[] = [];

  constructor(context: CopyContext, index: number) {
    this.#c = context;
    this.#leaves = context.openReader(index);
    this.#deadline = new Deadline(context.stallMs, context.signal);
  }

  async work(runs: AsyncGenerator<Run, undefined>): Promise<void> {
    try {
      for (let run = await runs.next(); run.done !== true; run = await runs.next()) {
        if (this.#c.signal.aborted) throw cancelled(this.#c.signal);
        await (run.value.zero ? this.#skip(run.value) : this.#copy(run.value));
      }
      // Not after a failure: a call that hangs may still use them.
      for (const buffer of this.#buffers) giveLeafBuffer(buffer);
    } finally {
      this.#deadline.close();
      await this.#leaves.close();
    }
  }

  /** Zeros are known without reading them. */
  async #skip({ first, count }: Run): Promise<void> {
    for (let chunk = first; chunk < first + count; chunk += 1) {
      const bytes = chunkLength(chunk, this.#c.content.size);
      await this.#deadline.run(writeZeros(this.#c.writer, chunk * CHUNK_BYTES, bytes));
      this.#c.progress.wrote(chunk);
    }
  }

  async #copy({ first, count }: Run): Promise<void> {
    const { size } = this.#c.content;
    const end = Math.min(size, (first + count) * CHUNK_BYTES);
    await this.#leaves.seek({ start: first * CHUNK_BYTES, end });
    const last = Math.ceil(end / LEAF_BYTES) - 1;
    let ahead = this.#read(first * LEAVES_PER_CHUNK);
    for (let leaf = first * LEAVES_PER_CHUNK; leaf <= last; leaf += 1) {
      const bytes = await ahead;
      if (leaf < last) ahead = this.#read(leaf + 1);
      ahead.catch(() => {});
      await this.#write(leaf, bytes);
      if (leaf === last || (leaf + 1) % LEAVES_PER_CHUNK === 0) {
        this.#c.progress.wrote(Math.floor(leaf / LEAVES_PER_CHUNK));
      }
    }
  }

  async #read(leaf: number): Promise<Buffer> {
    const at = leaf % 2;
    const into = this.#buffers[at] ?? takeLeafBuffer(LEAF_BYTES);
    const bytes = await this.#leaves.read(leaf, into);
    this.#buffers[at] = bytes.buffer === into.buffer ? into : Buffer.from(bytes.buffer);
    return bytes;
  }

  async #write(leaf: number, bytes: Buffer): Promise<void> {
    const { writer, signal } = this.#c;
    const writing = writer.writeAt?.(leaf * LEAF_BYTES, [bytes], { signal });
    await this.#deadline.run(writing ?? Promise.resolve());
    this.#c.flusher.wrote(bytes.length);
  }
}

async function writeZeros(writer: BlobWriter, position: number, bytes: number): Promise<void> {
  if (writer.hole !== undefined) return writer.hole(position, bytes);
  const leaves = Array.from({ length: Math.ceil(bytes / LEAF_BYTES) }, (_, index) =>
    ZERO_LEAF.subarray(0, bytes - index * LEAF_BYTES),
  );
  await writer.writeAt?.(position, leaves);
}
