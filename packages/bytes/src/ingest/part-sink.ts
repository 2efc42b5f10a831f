import { type BlobWriter, CHUNK_BYTES, type PartReceipt } from '@parallax/core';
import type { ByteBudget } from '../byte-budget.ts';
import { allowanceMs } from '../watchdog.ts';
import type { Filled, SinkContext, SlotSink } from './slot-sink.ts';

/** Parts in memory at once: one fills while others travel. */
const MOST_PARTS = 3;

interface Part {
  readonly index: number;
  readonly size: number;
  readonly chunks: Buffer[];
  filled: number;
}

/** Gathers whole parts for writers that take nothing smaller. */
export class PartSink implements SlotSink {
  readonly #writer: BlobWriter;
  readonly #budget: ByteBudget;
  readonly #context: SinkContext;
  readonly #receipts: PartReceipt[] = [];
  readonly #spare: Buffer[] = [];
  readonly #most: number;
  #pending: Filled[] = [];
  #part: Part | undefined;
  #next = 0;
  /** Bytes taken from the budget before the first part exists. */
  #entered: number;
  #travelling = 0;
  #ending = false;
  #onIdle: (() => void) | undefined;

  /** `entered`: the first part's bytes, already taken from the budget. */
  constructor(writer: BlobWriter, budget: ByteBudget, context: SinkContext & { entered: number }) {
    this.#writer = writer;
    this.#budget = budget;
    this.#context = context;
    this.#entered = context.entered;
    this.#most = writer.layout.order === 'any' ? MOST_PARTS : 2;
  }

  get receipts(): readonly PartReceipt[] {
    return this.#receipts.toSorted((a, b) => a.index - b.index);
  }

  accept(filled: Filled): void {
    this.#pending.push(filled);
    this.#gather();
  }

  async finish(): Promise<void> {
    this.#ending = true;
    this.#gather();
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#giveUp();
  }

  cancel(): void {
    for (const filled of this.#pending.splice(0)) filled.release();
    if (this.#part !== undefined) this.#budget.give(this.#part.size);
    this.#part = undefined;
    this.#giveUp();
  }

  #giveUp(): void {
    this.#budget.give(this.#entered);
    this.#entered = 0;
  }

  #gather(): void {
    for (;;) {
      if (this.#part !== undefined && this.#part.filled === this.#part.size) {
        if (!this.#maySend()) return;
        this.#send(this.#part);
      }
      const [first] = this.#pending;
      if (first === undefined) break;
      this.#part ??= this.#beginPart();
      if (this.#part === undefined) return;
      this.#pending.shift();
      this.#copy(this.#part, first);
    }
    if (this.#ending && this.#part !== undefined && this.#maySend()) this.#send(this.#part);
  }

  #maySend(): boolean {
    return this.#travelling === 0 || this.#writer.layout.order === 'any';
  }

  /** Undefined while the parts that travel use all the memory there is for this stream. */
  #beginPart(): Part | undefined {
    const size = this.#writer.layout.partBytes(this.#next);
    if (this.#entered > 0 && this.#travelling === 0) {
      this.#budget.give(this.#entered);
      this.#entered = 0;
      this.#budget.take(size);
    } else if (this.#travelling === 0) this.#budget.take(size);
    else if (this.#travelling + 1 >= this.#most || !this.#budget.tryTake(size)) return undefined;
    this.#next += 1;
    return { index: this.#next - 1, size, chunks: [], filled: 0 };
  }

  #copy(part: Part, from: Filled): void {
    const at = part.filled % CHUNK_BYTES;
    if (at === 0) part.chunks.push(this.#spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES));
    part.chunks.at(-1)?.set(from.bytes, at);
    part.filled += from.bytes.length;
    from.release();
  }

  #send(part: Part): void {
    this.#part = undefined;
    this.#travelling += 1;
    this.#context.allow(allowanceMs(part.filled));
    const rest = part.filled % CHUNK_BYTES || CHUNK_BYTES;
    const bytes = part.chunks.map((chunk, index) =>
      index === part.chunks.length - 1 ? chunk.subarray(0, rest) : chunk,
    );
    const { signal } = this.#context;
    this.#writer
      .put(part.index, bytes, { signal })
      .then((receipt) => this.#receipts.push(receipt), this.#context.fail)
      .finally(() => this.#arrived(part));
  }

  #arrived(part: Part): void {
    this.#travelling -= 1;
    this.#budget.give(part.size);
    this.#spare.push(...part.chunks);
    this.#gather();
    if (this.#isIdle()) this.#onIdle?.();
  }

  #isIdle(): boolean {
    return this.#travelling === 0 && this.#pending.length === 0 && this.#part === undefined;
  }
}
