import { Readable } from 'node:stream';
import { AppError, type BlobHandle, isAppError } from '@parallax/core';
import type { ClampedRange } from '../range.ts';

const READ_BYTES = 1024 * 1024;
/** The first read is smaller: somebody waits for it. */
const FIRST_BYTES = 256 * 1024;
/** Reads under way, the next to be consumed included: each waits for a round trip to the cluster. */
const AHEAD = 4;

/** The bytes of a range as a stream that owns the open blob. A blob that ends early is an error, never a short clean end. */
export function bodyOf(
  blob: BlobHandle,
  { start, end }: ClampedRange,
  signal: AbortSignal | undefined,
): Readable {
  const ahead: Promise<Uint8Array>[] = [];
  let asked = start;
  const ask = () => {
    while (asked < end && ahead.length < AHEAD) {
      const most = asked === start ? FIRST_BYTES : READ_BYTES;
      const length = Math.min(most, end - asked);
      const reading = pieceOf(blob, asked, length);
      // Who stops before its turn does not hear of its failure.
      reading.catch(() => {});
      ahead.push(reading);
      asked += length;
    }
  };
  const body = new Readable({
    highWaterMark: READ_BYTES,
    read() {
      ask();
      const next = ahead.shift();
      if (next === undefined) {
        this.push(null);
        return;
      }
      next.then(
        (bytes) => this.push(bytes),
        (error: unknown) => this.destroy(asError(error)),
      );
    },
    destroy(error, done) {
      signal?.removeEventListener('abort', cancel);
      blob.close().then(
        () => done(error),
        (closing: unknown) => done(error ?? asError(closing)),
      );
    },
  });
  const cancel = () => {
    body.destroy(new AppError('cancelled', 'the caller gave up', { cause: signal?.reason }));
  };
  signal?.addEventListener('abort', cancel, { once: true });
  return body;
}

async function pieceOf(blob: BlobHandle, position: number, length: number): Promise<Uint8Array> {
  const into = Buffer.allocUnsafeSlow(length);
  const count = await blob.read(into, position);
  if (count < length) throw new AppError('store_failed', 'the blob ended before its size');
  return into;
}

function asError(error: unknown): AppError {
  return isAppError(error)
    ? error
    : new AppError('store_failed', 'the blob could not be read', { cause: error });
}
