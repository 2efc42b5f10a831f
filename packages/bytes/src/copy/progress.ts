import {
  type Content,
  chunkCount,
  chunkLength,
  hasBit,
  type PartReceipt,
  passKillPoint,
  setBit,
} from '@parallax/core';

type Checkpoint = (
  ledger: Uint8Array,
  bytesDone: number,
  receipts: readonly PartReceipt[],
) => Promise<void>;

export interface ProgressOptions {
  readonly content: Content;
  /** Belongs to the progress from now on. */
  readonly ledger: Uint8Array;
  readonly receipts: readonly PartReceipt[];
  readonly checkpoint: Checkpoint;
  readonly checkpointMs: number;
  readonly fail: (error: unknown) => void;
}

/** What is written, and saying so to the catalog every so often; that also keeps the lease. */
export class Progress {
  readonly ledger: Uint8Array;
  readonly #o: ProgressOptions;
  readonly #receipts = new Map<number, PartReceipt>();
  readonly #chunks: number;
  #chunksDone = 0;
  #bytesDone = 0;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ProgressOptions) {
    this.#o = options;
    this.ledger = options.ledger;
    this.#chunks = chunkCount(options.content.size);
    for (const receipt of options.receipts) this.#receipts.set(receipt.index, receipt);
    for (let chunk = 0; chunk < this.#chunks; chunk += 1) {
      if (hasBit(this.ledger, chunk)) this.#count(chunk);
    }
    this.#arm();
  }

  get receipts(): readonly PartReceipt[] {
    return [...this.#receipts.values()].sort((a, b) => a.index - b.index);
  }

  hasReceipt(part: number): boolean {
    return this.#receipts.has(part);
  }

  /** All bytes of the chunk were written. */
  wrote(chunk: number): void {
    if (!hasBit(this.ledger, chunk)) this.#count(chunk);
    setBit(this.ledger, chunk);
    passKillPoint('copy.chunk');
    if (this.#chunksDone === Math.ceil(this.#chunks / 2)) passKillPoint('copy.half');
  }

  wrotePart(receipt: PartReceipt): void {
    this.#receipts.set(receipt.index, receipt);
  }

  /** Saves the end state. */
  async finish(): Promise<void> {
    await this.stop();
    await this.#save();
  }

  /** No save begins any more; waits for the one that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#saving;
  }

  #count(chunk: number): void {
    this.#chunksDone += 1;
    this.#bytesDone += chunkLength(chunk, this.#o.content.size);
  }

  #save(): Promise<void> {
    return this.#o.checkpoint(this.ledger.slice(), this.#bytesDone, this.receipts);
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#saving = this.#save()
        .catch(this.#o.fail)
        .finally(() => this.#arm());
    }, this.#o.checkpointMs);
  }
}
