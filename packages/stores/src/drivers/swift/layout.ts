import { AppError, CHUNK_BYTES, type WriterLayout } from '@parallax/core';

/** What `/info` says of large objects; what it does not say is Swift's default. */
export interface SloLimits {
  readonly maxSegments: number;
  readonly minSegmentBytes: number;
  readonly maxObjectBytes: number;
}

const DEFAULTS: SloLimits = {
  maxSegments: 1000,
  minSegmentBytes: 1,
  maxObjectBytes: 5 * 2 ** 30,
};
/** A tenth is left for sizes that grow. */
const SHARE = 0.9;
/** Parts of one size before they grow by another chunk, when the size is unknown: 900 of them make 130 GiB. */
const STEP_PARTS = 25;

export function sloLimits(described: unknown): SloLimits {
  const at = (section: string, field: string, fallback: number): number => {
    const value = fieldOf(fieldOf(described, section), field);
    return typeof value === 'number' && value > 0 ? value : fallback;
  };
  if (described !== undefined && fieldOf(described, 'slo') === undefined) {
    throw new AppError('store_failed', 'this swift has no static large objects (slo)');
  }
  return {
    maxSegments: at('slo', 'max_manifest_segments', DEFAULTS.maxSegments),
    minSegmentBytes: at('slo', 'min_segment_size', DEFAULTS.minSegmentBytes),
    maxObjectBytes: at('swift', 'max_file_size', DEFAULTS.maxObjectBytes),
  };
}

/** How a write is cut: kept with it in the store, so that who resumes it cuts at the same places. */
export interface Cut {
  readonly baseBytes: number;
  readonly grows: boolean;
}

/** The smallest parts that make a blob of `size` few enough; growing ones when the size is unknown. `too_large`. */
export function cutOf(size: number | undefined, limits: SloLimits, segmentSize = CHUNK_BYTES): Cut {
  const parts = Math.max(1, Math.floor(limits.maxSegments * SHARE));
  const least = Math.max(segmentSize, limits.minSegmentBytes, (size ?? 0) / parts);
  const baseBytes = Math.ceil(least / CHUNK_BYTES) * CHUNK_BYTES;
  if (baseBytes > limits.maxObjectBytes) {
    throw new AppError('too_large', 'the blob is too large for this swift');
  }
  return { baseBytes, grows: size === undefined };
}

export function layoutOf({ baseBytes, grows }: Cut): WriterLayout {
  const partBytes = grows
    ? (index: number) => baseBytes + Math.floor(index / STEP_PARTS) * CHUNK_BYTES
    : () => baseBytes;
  return { order: 'any', readablePartial: false, partBytes };
}

export function cutText({ baseBytes, grows }: Cut): string {
  return `${baseBytes}${grows ? '+' : ''}`;
}

/** Undefined when `text` is no cut. */
export function parseCut(text: string | undefined): Cut | undefined {
  const [, base = '', plus = ''] = /^(\d+)(\+?)$/.exec(text ?? '') ?? [];
  const baseBytes = Number(base);
  return baseBytes > 0 ? { baseBytes, grows: plus === '+' } : undefined;
}

function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[field];
}
