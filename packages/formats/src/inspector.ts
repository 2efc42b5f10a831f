import { type Failure, type FormatName, HEAD_BYTES, TAIL_BYTES } from './format.ts';
import { Probing } from './probing.ts';
import { isInspectable, PROBES } from './registry.ts';
import { Tail } from './tail.ts';

/** One format that a stream has. */
export interface FoundFormat {
  readonly format: FormatName;
  /** Bytes of the disk a guest sees; null when the header does not tell. */
  readonly virtualSize: number | null;
  /** Empty when the image may be trusted. */
  readonly failures: readonly Failure[];
  /** The disk lies in the stream as it is: a partition table beside this format is the disk's own. */
  readonly showsDisk: boolean;
}

/** What a stream is. No format: raw bytes. */
export interface Inspected {
  /** Bytes seen. */
  readonly size: number;
  readonly formats: readonly FoundFormat[];
}

export interface InspectorOptions {
  /** A disk format that the stream must have: then `done` tells early that it has not. */
  readonly declared?: string | undefined;
  /** Bytes of the whole stream, where known. */
  readonly size?: number | undefined;
}

/** Recognises one stream while it goes by. Memory is bounded, and cost per byte is nothing once the headers are past. */
export interface Inspector {
  /** The next bytes; they are not kept. Never throws, whatever they are. */
  write(chunk: Uint8Array): void;
  /** The stream has ended. Must be called at most once, after the last `write`. */
  end(): Inspected;
  /** What is certain by now. Later bytes may add formats, never take one away. */
  readonly soFar: Inspected;
  /** No more bytes can make the stream acceptable, or there are none: `soFar` says why. */
  readonly done: boolean;
  /** Bytes kept at the moment. */
  readonly heldBytes: number;
}

export function createInspector(options: InspectorOptions = {}): Inspector {
  return new StreamInspector(options);
}

class StreamInspector implements Inspector {
  readonly #options: InspectorOptions;
  readonly #head = new Uint8Array(HEAD_BYTES);
  readonly #tail = new Tail(TAIL_BYTES);
  #position = 0;
  #probings: readonly Probing[] | undefined;
  #gathering: readonly Probing[] = [];
  #doomed = false;

  constructor(options: InspectorOptions) {
    this.#options = options;
  }

  write(chunk: Uint8Array): void {
    if (this.#probings === undefined && this.#position < HEAD_BYTES) {
      this.#head.set(chunk.subarray(0, HEAD_BYTES - this.#position), this.#position);
    }
    const start = this.#position;
    this.#position += chunk.length;
    this.#tail.write(chunk);
    if (this.#probings === undefined) {
      if (this.#position < HEAD_BYTES) return;
      this.#open();
    }
    if (this.#gathering.length === 0) return;
    for (const probing of this.#gathering) probing.feed(chunk, start);
    this.#look();
  }

  end(): Inspected {
    if (this.#probings === undefined) this.#open();
    for (const probing of this.#probings ?? []) probing.end(this.#tail);
    return this.soFar;
  }

  get soFar(): Inspected {
    const found = (this.#probings ?? []).flatMap(({ format, finding }) =>
      finding === undefined ? [] : [{ format, finding }],
    );
    const size = this.#position;
    const formats = found
      .filter(({ finding }) => finding.faint !== true || found.length > 1)
      .map(({ format, finding: { failures, showsDisk = false, ...finding } }) => ({
        format,
        virtualSize: finding.virtualSize(size),
        failures,
        showsDisk,
      }));
    return { size, formats };
  }

  get done(): boolean {
    return this.#doomed || this.#position >= (this.#options.size ?? Number.POSITIVE_INFINITY);
  }

  get heldBytes(): number {
    const held = (this.#probings ?? []).reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    return held + HEAD_BYTES + TAIL_BYTES;
  }

  #open(): void {
    const head = this.#head.subarray(0, Math.min(this.#position, HEAD_BYTES));
    this.#probings = PROBES.map((probe) => new Probing(probe, head));
    this.#gathering = this.#probings;
    this.#look();
  }

  #look(): void {
    this.#gathering = this.#gathering.filter(({ isGathering }) => isGathering);
    this.#doomed ||= this.#isHopeless() || this.#isSomethingElse();
  }

  /** A format beside others, or an unsafe one, stays so. A partition table may still turn out to be a part of something. */
  #isHopeless(): boolean {
    const { formats } = this.soFar;
    const sure = formats.filter(({ format }) => format !== 'gpt');
    return sure.length > 1 || sure.some(({ failures }) => failures.length > 0);
  }

  #isSomethingElse(): boolean {
    const { declared } = this.#options;
    if (declared === undefined || !isInspectable(declared) || this.#gathering.length > 0) {
      return false;
    }
    const own = this.#probings?.find(({ format }) => format === declared);
    return own?.settled === true && own.finding === undefined;
  }
}
