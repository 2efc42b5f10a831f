import type { BlobWriter } from '@parallax/core';
import { Flusher } from './flusher.ts';
import type { Filled, SinkContext, SlotSink } from './slot-sink.ts';

/** As many as libuv's threads: more would only wait there. */
const WRITES_IN_FLIGHT = 4;

type PositionalWriter = BlobWriter & Required<Pick<BlobWriter, 'writeAt'>>;

export function canWriteAt(writer: BlobWriter): writer is PositionalWriter {
  return writer.writeAt !== undefined;
}

/** Writes slots where they belong, straight from the slot. */
export class WriteSink implements SlotSink {
  readonly #writer: PositionalWriter;
  readonly #context: SinkContext;
  readonly #flusher: Flusher;
  readonly #depth: number;
  /** Slots are gathered up to its next multiple, or all there are; undefined where each is written by itself. */
  readonly #writeBytes: number | undefined;
  #queue: Filled[] = [];
  #inFlight = 0;
  #isEnding = false;
  #onIdle: (() => void) | undefined;

  constructor(writer: PositionalWriter, context: SinkContext) {
    this.#writer = writer;
    this.#context = context;
    this.#flusher = new Flusher(writer, context.fail);
    const { order, writeBytes } = writer.layout;
    const isInOrder = order === 'sequential';
    this.#depth = isInOrder ? 1 : WRITES_IN_FLIGHT;
    this.#writeBytes = isInOrder ? Number.POSITIVE_INFINITY : writeBytes;
  }

  accept(filled: Filled): void {
    this.#queue.push(filled);
    this.#issue();
  }

  async finish(): Promise<void> {
    this.#isEnding = true;
    this.#issue();
    if (this.#queue.length + this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#flusher.settled();
  }

  cancel(): void {
    for (const filled of this.#queue.splice(0)) filled.release();
  }

  #issue(): void {
    while (this.#queue.length > 0 && this.#inFlight < this.#depth) {
      const { count, isWhole } = this.#nextBatch();
      // What is not whole waits for more only while there is a write whose end comes back to it: there may be no slot for more.
      if (!isWhole && this.#inFlight > 0 && !this.#isEnding) return;
      this.#write(this.#queue.splice(0, count));
    }
  }

  #nextBatch(): { readonly count: number; readonly isWhole: boolean } {
    const most = this.#writeBytes;
    if (most === undefined) return { count: 1, isWhole: true };
    for (const [index, filled] of this.#queue.entries()) {
      if (this.#isHole(filled)) return { count: Math.max(1, index), isWhole: true };
      const isCut = (filled.position + filled.bytes.length) % most === 0;
      if (isCut) return { count: index + 1, isWhole: true };
    }
    return { count: this.#queue.length, isWhole: most === Number.POSITIVE_INFINITY };
  }

  #isHole(filled: Filled): boolean {
    return filled.zero && this.#writer.hole !== undefined;
  }

  #write(batch: Filled[]): void {
    this.#inFlight += 1;
    const bytes = batch.reduce((sum, filled) => sum + filled.bytes.length, 0);
    this.#begin(batch)
      .then(() => this.#flusher.wrote(bytes), this.#context.fail)
      .finally(() => {
        this.#inFlight -= 1;
        for (const filled of batch) filled.release();
        this.#issue();
        if (this.#inFlight === 0 && this.#queue.length === 0) this.#onIdle?.();
      });
  }

  async #begin(batch: Filled[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const { hole } = this.#writer;
    if (hole !== undefined && first.zero && batch.length === 1) {
      return hole.call(this.#writer, first.position, first.bytes.length);
    }
    const bytes = batch.map((filled) => filled.bytes);
    await this.#writer.writeAt(first.position, bytes, { signal: this.#context.signal });
  }
}
