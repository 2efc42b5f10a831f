import type { BlobHandle } from '@parallax/core';
import type { Source } from '../source/source.ts';

export interface SourceFaults {
  /** Positions whose byte is read flipped. */
  readonly flipped?: readonly number[];
  /** The blob ends here. */
  readonly endsAt?: number;
  /** Reads from here on never answer. */
  readonly hangsAt?: number;
  /** Reads from here on fail. */
  readonly breaksAt?: number;
  readonly failsToOpen?: Error;
}

/** A copy in memory that lies, ends, hangs or breaks where it is told to. */
export class MemorySource implements Source {
  readonly locationId: number;
  readonly storeId: string;
  readonly opens: number[] = [];
  reads = 0;
  closed = 0;
  readonly #content: Uint8Array;
  readonly #faults: SourceFaults;

  constructor(locationId: number, content: Uint8Array, faults: SourceFaults = {}) {
    this.locationId = locationId;
    this.storeId = `store-${locationId}`;
    this.#content = content;
    this.#faults = faults;
  }

  async open(range: { readonly start: number }): Promise<BlobHandle> {
    if (this.#faults.failsToOpen !== undefined) throw this.#faults.failsToOpen;
    this.opens.push(range.start);
    return {
      size: this.#content.length,
      read: (into, position) => this.#read(into, position),
      close: async () => {
        this.closed += 1;
      },
    };
  }

  async #read(into: Uint8Array, position: number): Promise<number> {
    const { flipped = [], endsAt, hangsAt, breaksAt } = this.#faults;
    this.reads += 1;
    const end = position + into.length;
    if (hangsAt !== undefined && end > hangsAt) return new Promise(() => {});
    if (breaksAt !== undefined && end > breaksAt) throw new Error('input/output error');
    const bytes = this.#content.subarray(position, Math.min(end, endsAt ?? end));
    into.set(bytes);
    for (const at of flipped) {
      if (at >= position && at < end) into[at - position] = (into[at - position] ?? 0) ^ 1;
    }
    return bytes.length;
  }
}
