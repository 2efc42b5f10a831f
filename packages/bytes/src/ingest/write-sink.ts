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
  readonly #gathers: boolean;
  #queue: Filled[] = [];
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(writer: PositionalWriter, context: SinkContext) {
    this.#writer = writer;
    this.#context = context;
    this.#flusher = new Flusher(writer, context.fail);
    const { order, writesInFlight } = writer.layout;
    const few = order === 'sequential' ? 1 : writesInFlight;
    this.#depth = few ?? WRITES_IN_FLIGHT;
    this.#gathers = few !== undefined;
  }

  accept(filled: Filled): void {
    this.#queue.push(filled);
    this.#issue();
  }

  async finish(): Promise<void> {
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
    while (this.#queue.length > 0 && this.#inFlight < this.#depth) this.#write(this.#nextBatch());
  }

  #nextBatch(): Filled[] {
    const count = this.#gathers ? this.#queue.findIndex((filled) => this.#isHole(filled)) : 1;
    return this.#queue.splice(0, count < 0 ? this.#queue.length : Math.max(1, count));
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
