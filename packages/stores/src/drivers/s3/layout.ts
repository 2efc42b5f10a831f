import { AppError, CHUNK_BYTES, type WriterLayout } from '@parallax/core';

/** Amazon's limits: 10,000 parts of at most 5 GiB, 5 TiB in all. Others have fewer parts, of the same size. */
export const MAX_PARTS = 10_000;
export const MAX_OBJECT_BYTES = 5 * 2 ** 40;
export const MAX_PART_BYTES = 5 * 2 ** 30;
const MAX_PART_CHUNKS = MAX_PART_BYTES / CHUNK_BYTES;
const STEPS = 10;

/** How a write is cut: in parts of so many chunks, or in growing ones (undefined) when the size of the blob is not known. */
export type PartChunks = number | undefined;

export interface PartLimits {
  /** Of the smallest part. */
  readonly leastChunks: number;
  readonly maxParts: number;
}

/** The most that the service can be given in one object when the size is known before. */
export function largestBlob({ maxParts }: PartLimits): number {
  return Math.min(MAX_OBJECT_BYTES, maxParts * MAX_PART_BYTES);
}

/** The most of an object whose size is not known before: 5 TiB where 10,000 parts are taken, and at least half of `largestBlob`. */
export function largestStream(limits: PartLimits): number {
  return Math.min(MAX_OBJECT_BYTES, growth(limits, stepOf(limits)));
}

/** The smallest parts that leave a tenth of the part numbers unused: 9,000 of 10,000. `no_space` for a blob that no parts can hold. */
export function planParts(size: number | undefined, limits: PartLimits): PartChunks {
  if (size === undefined) return undefined;
  const largest = largestBlob(limits);
  if (size > largest) {
    throw new AppError('no_space', 'the blob is larger than an object of the store can be', {
      context: { size, largest },
    });
  }
  const parts = Math.floor(limits.maxParts * 0.9);
  const chunks = Math.max(limits.leastChunks, Math.ceil(size / CHUNK_BYTES / parts));
  return Math.min(chunks, MAX_PART_CHUNKS);
}

/**
 * Growing parts double, up to 5 GiB: of 10,000 the first 8 GiB in parts of 8 MiB, 24 GiB in at most 16 MiB. Where fewer are taken they
 * double sooner, but no sooner than it takes to reach half of what the service could hold: each is in memory while it travels.
 */
export function layoutOf(partChunks: PartChunks, limits: PartLimits): WriterLayout {
  const step = stepOf(limits);
  return {
    order: 'any',
    partBytes: (index) => (partChunks ?? growing(index, limits, step)) * CHUNK_BYTES,
    readablePartial: false,
  };
}

/** Chunks of part `index` when every `step` parts double. */
function growing(index: number, { leastChunks }: PartLimits, step: number): number {
  const doublings = Math.min(STEPS, Math.floor(index / step));
  return Math.min(MAX_PART_CHUNKS, leastChunks * 2 ** doublings);
}

/** The most parts of one size with which the whole gets large enough. */
function stepOf(limits: PartLimits): number {
  const enough = Math.min(MAX_OBJECT_BYTES, largestBlob(limits) / 2);
  let step = Math.max(1, Math.floor(limits.maxParts / STEPS));
  while (step > 1 && growth(limits, step) < enough) step -= 1;
  return step;
}

/** Bytes of all growing parts. */
function growth(limits: PartLimits, step: number): number {
  let chunks = 0;
  for (let first = 0; first < limits.maxParts; first += step) {
    chunks += Math.min(step, limits.maxParts - first) * growing(first, limits, step);
  }
  return chunks * CHUNK_BYTES;
}
