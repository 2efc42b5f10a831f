import { AppError, type ByteRange } from '@parallax/core';

/** A range with both ends, half-open. */
export interface ClampedRange {
  readonly start: number;
  readonly end: number;
}

/** `invalid_request` for a range that is none. */
export function checkRange(range: ByteRange): void {
  const { start, end = start } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new AppError('invalid_request', 'the range is not valid');
  }
}

/** `range_not_satisfiable` when it starts beyond the end; an end beyond the end is the end. */
export function clampRange(range: ByteRange | undefined, size: number): ClampedRange {
  const start = range?.start ?? 0;
  const end = range?.end ?? Math.max(start, size);
  checkRange({ start, end });
  if (start > size) {
    throw new AppError('range_not_satisfiable', 'the range starts beyond the end', {
      context: { size },
    });
  }
  return { start, end: Math.min(end, size) };
}
