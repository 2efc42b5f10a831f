import type { Failure, Finding } from './format.ts';

/** Reads numbers of a header. Who reads has checked the length. */
export class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }
  u16le(at: number): number {
    return this.#view.getUint16(at, true);
  }
  u16be(at: number): number {
    return this.#view.getUint16(at);
  }
  u32le(at: number): number {
    return this.#view.getUint32(at, true);
  }
  u32be(at: number): number {
    return this.#view.getUint32(at);
  }
  u64le(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }
  u64be(at: number): bigint {
    return this.#view.getBigUint64(at);
  }
  /** Says whether every byte of the range is zero. */
  isZero(from: number, to: number): boolean {
    return this.bytes.subarray(from, to).every((byte) => byte === 0);
  }
}

/** Says whether the bytes at `at` are those of `text`, one byte per character. */
export function hasText(bytes: Uint8Array, at: number, text: string): boolean {
  if (bytes.length < at + text.length) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** One character per byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** Collects what is wrong with one image. */
export class Doubts {
  readonly failures: Failure[] = [];

  add(check: string, reason: string): void {
    this.failures.push({ check, reason });
  }

  addIf(wrong: boolean, check: string, reason: string): void {
    if (wrong) this.add(check, reason);
  }

  /** A size of a header as a number; one that no disk has (beyond 2^53 - 1 bytes, 8 PiB) is a failure. */
  size(bytes: bigint): number | null {
    if (bytes <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(bytes);
    this.add('virtual_size', 'the virtual size is greater than any disk');
    return null;
  }

  /** An image whose size is `bytes`, or is not known. */
  finding(bytes: bigint | null, more: Pick<Finding, 'showsDisk'> = {}): Finding {
    const virtualSize = bytes === null ? null : this.size(bytes);
    return { virtualSize: () => virtualSize, failures: this.failures, ...more };
  }

  /** The magic number is there, but not the header it belongs to. */
  truncated(): Finding {
    this.add('header', 'the header is cut off');
    return this.finding(null);
  }
}
