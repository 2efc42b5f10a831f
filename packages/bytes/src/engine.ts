import { availableParallelism } from 'node:os';
import { ByteBudget } from './byte-budget.ts';
import type { DigestOptions, DigestStream } from './digest/digest-stream.ts';
import { InlineDigest } from './digest/inline.ts';
import { DigestThreads } from './digest/threads.ts';
import { SLOT_BYTES, SlotPool } from './slots.ts';

export interface EngineOptions {
  /** `auto`: two threads where there are two cores. A number: 0 is inline, 1 both digests on one thread, more: one each. */
  readonly threads: 'auto' | 'inline' | number;
  /** For slots of uploads; parts that a store takes only whole may use as much again. */
  readonly uploadMemoryBytes: number;
}

/** What all streams of a process share: upload memory and digest threads. */
export class Engine {
  readonly slots: SlotPool;
  readonly parts: ByteBudget;
  readonly #threads: DigestThreads | undefined;

  constructor(options: EngineOptions) {
    this.slots = new SlotPool(options.uploadMemoryBytes);
    this.parts = new ByteBudget(options.uploadMemoryBytes);
    const threads = threadCount(options.threads);
    this.#threads = threads === 0 ? undefined : new DigestThreads(threads);
  }

  /** A body that fits into one slot is hashed at once: asking a thread would take longer. */
  openDigest(options: DigestOptions & { readonly sizeHint?: number | undefined }): DigestStream {
    if (this.#threads === undefined || (options.sizeHint ?? SLOT_BYTES + 1) <= SLOT_BYTES) {
      return new InlineDigest();
    }
    return this.#threads.open(options);
  }

  /** Ends the threads; streams still open fail. */
  async close(): Promise<void> {
    await this.#threads?.close();
  }
}

function threadCount(threads: EngineOptions['threads']): 0 | 1 | 2 {
  if (threads === 'inline') return 0;
  const wanted = threads === 'auto' ? (availableParallelism() >= 2 ? 2 : 0) : threads;
  return wanted >= 2 ? 2 : wanted === 1 ? 1 : 0;
}
