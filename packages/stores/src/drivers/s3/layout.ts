import { CHUNK_BYTES, type WriterLayout } from '@parallax/core';

/** Amazon's limits: 10,000 parts of at most 5 GiB, 5 TiB in all. */
export const MAX_PARTS = 10_000;
export const MAX_OBJECT_BYTES = 5 * 2 ** 40;
const MAX_PART_CHUNKS = (5 * 2 ** 30) / CHUNK_BYTES;
const STEPS = 10;

/** How a write is cut: in parts of so many chunks, or in growing ones (undefined) when the size of the blob is not known. */
export type PartChunks = number | undefined;

export interface PartLimits {
  /** Of the smallest part. */
  readonly leastChunks: number;
  readonly maxParts: number;
}

/** The smallest parts that leave a tenth of the part numbers unused: 9,000 of 10,000. */
export function planParts(size: number | undefined, limits: PartLimits): PartChunks {
  if (size === undefined) return undefined;
  const parts = Math.floor(limits.maxParts * 0.9);
  return Math.max(limits.leastChunks, Math.ceil(size / CHUNK_BYTES / parts));
}

/** Growing parts double nine times over the part numbers: the first 8 GiB in parts of 8 MiB, 24 GiB in at most 16 MiB; 8 TiB in all. */
export function layoutOf(partChunks: PartChunks, limits: PartLimits): WriterLayout {
  const step = Math.floor(limits.maxParts / STEPS);
  const growing = (index: number): number => {
    const doublings = Math.min(STEPS - 1, Math.floor(index / step));
    return Math.min(MAX_PART_CHUNKS, limits.leastChunks * 2 ** doublings);
  };
  return {
    order: 'any',
    partBytes: (index) => (partChunks ?? growing(index)) * CHUNK_BYTES,
    readablePartial: false,
  };
}

/**
 * Names a write to whoever goes on with it: the upload's id, behind the chunks of a part when they are fixed, since S3 does not
 * remember them. A listing knows the bare id, which is enough to end the write.
 */
export function sessionOf(uploadId: string, partChunks: PartChunks): string {
  return partChunks === undefined ? uploadId : `${partChunks}:${uploadId}`;
}

export function parseSession(session: string): {
  readonly uploadId: string;
  readonly partChunks: PartChunks;
} {
  const [, chunks, uploadId] = /^([1-9]\d{0,3}):(.+)$/s.exec(session) ?? [];
  if (chunks === undefined || uploadId === undefined) {
    return { uploadId: session, partChunks: undefined };
  }
  return { uploadId, partChunks: Number(chunks) };
}
