import {
  type Finding,
  type FormatName,
  HEAD_BYTES,
  type Inspection,
  type Probe,
  REGION_BYTES,
  TAIL_BYTES,
  type Wanted,
} from './format.ts';
import type { Tail } from './tail.ts';

/** One probe at work: gathers the region it asked for from the chunks that come by. */
export class Probing {
  readonly format: FormatName;
  readonly #inspection: Inspection;
  #start = 0;
  #bytes: Uint8Array | undefined;
  #filled = 0;
  /** Where the last region ended: a probe that looks back gets nothing, however the stream was cut. */
  #passed = HEAD_BYTES;
  #last: number | undefined;
  #finding: Finding | undefined;
  #settled = false;

  constructor(probe: Probe, head: Uint8Array) {
    this.format = probe.format;
    this.#inspection = probe.inspect(head);
    this.#resume(undefined);
  }

  /** The probe has said all it has to say. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Undefined until the probe has settled, and when the stream is something else. */
  get finding(): Finding | undefined {
    return this.#finding;
  }

  /** The probe waits for bytes before the end of the stream. */
  get isGathering(): boolean {
    return this.#bytes !== undefined;
  }

  get heldBytes(): number {
    return this.#bytes?.length ?? 0;
  }

  /** `position`: of the chunk's first byte in the stream. */
  feed(chunk: Uint8Array, position: number): void {
    const end = position + chunk.length;
    while (this.#bytes !== undefined) {
      const next = this.#start + this.#filled;
      if (next >= end) return;
      const missing = this.#bytes.length - this.#filled;
      const piece = chunk.subarray(next - position, next - position + missing);
      this.#bytes.set(piece, this.#filled);
      this.#filled += piece.length;
      if (this.#filled < this.#bytes.length) return;
      this.#give(this.#bytes);
    }
  }

  /** The stream has ended: whatever is missing does not come. */
  end(tail: Tail): void {
    while (!this.#settled) {
      if (this.#last !== undefined) this.#resume(tail.last(this.#last));
      else this.#give(this.#bytes?.slice(0, this.#filled) ?? new Uint8Array());
    }
  }

  #give(bytes: Uint8Array): void {
    this.#passed = this.#start + bytes.length;
    this.#resume(bytes);
  }

  #resume(bytes: Uint8Array | undefined): void {
    this.#bytes = undefined;
    this.#last = undefined;
    try {
      // The first call starts the probe and its argument is not looked at.
      let step = this.#inspection.next(bytes ?? new Uint8Array());
      while (!step.done && !this.#begin(step.value)) step = this.#inspection.next(new Uint8Array());
      if (step.done) this.#settle(step.value);
    } catch {
      // Nobody knows what such bytes would do to a less careful reader.
      const failures = [{ check: 'inspection', reason: 'the header makes no sense' }];
      this.#settle({ virtualSize: () => null, failures });
    }
  }

  /** False when there can be no such bytes. */
  #begin(wanted: Wanted): boolean {
    if ('last' in wanted) {
      this.#last = Math.min(wanted.last, TAIL_BYTES);
      return true;
    }
    const { start, length } = wanted;
    if (!Number.isSafeInteger(start) || start < this.#passed || !(length > 0)) return false;
    this.#start = start;
    this.#filled = 0;
    this.#bytes = new Uint8Array(Math.min(length, REGION_BYTES));
    return true;
  }

  #settle(finding: Finding | undefined): void {
    this.#settled = true;
    this.#finding = finding;
  }
}
