/** Formats that are recognised by their content; bytes in which none of them is found are `raw`. */
export type FormatName = 'qcow2' | 'vhd' | 'vhdx' | 'vmdk' | 'vdi' | 'qed' | 'iso' | 'gpt' | 'luks';

/** Why an image must not be trusted. */
export interface Failure {
  /** Stable name of the check, such as `backing_file`. */
  readonly check: string;
  /** For people; holds nothing of the image's bytes. */
  readonly reason: string;
}

/** What a probe says of a stream that has its format. */
export interface Finding {
  /** Bytes of the disk that a guest sees, of a stream of `size` bytes; null when the header does not tell. */
  virtualSize(size: number): number | null;
  readonly failures: readonly Failure[];
  /** The disk lies in the stream as it is, so that its own partition table is seen too. */
  readonly showsDisk?: boolean;
  /** Some other, harmless thing looks like this: it counts only beside another format. */
  readonly faint?: boolean;
}

/** Bytes a probe asks for: a region not before the one it had last, or the last bytes of the stream. */
export type Wanted =
  | { readonly start: number; readonly length: number }
  | { readonly last: number };

/** One format's reading of a stream: asks for regions, and gets fewer bytes where the stream has no more. */
export type Inspection = Generator<Wanted, Finding | undefined, Uint8Array>;

export interface Probe {
  readonly format: FormatName;
  /** `head`: the first HEAD_BYTES, or all there is. Returns undefined when the stream is something else. */
  inspect(head: Uint8Array): Inspection;
}

/** Every stream's first bytes, captured once for all probes. */
export const HEAD_BYTES = 512;
/** Longest end of the stream a probe may ask for. */
export const TAIL_BYTES = 1536;
/** Longest region a probe may ask for. */
export const REGION_BYTES = 64 * 1024;
