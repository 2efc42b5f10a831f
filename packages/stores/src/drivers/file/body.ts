import { Readable } from 'node:stream';
import { AppError, type BlobHandle } from '@parallax/core';
import type { ClampedRange } from '../../range.ts';
import { toAppError } from './failure.ts';

const READ_BYTES = 256 * 1024;

/** The bytes of a range as a stream that owns the handle. A blob that ends early is an error, never a short clean end. */
export function bodyOf(
  handle: BlobHandle,
  range: ClampedRange,
  signal: AbortSignal | undefined,
): Readable {
  let position = range.start;
  const body = new Readable({
    highWaterMark: READ_BYTES,
    read() {
      const wanted = Math.min(READ_BYTES, range.end - position);
      if (wanted === 0) {
        this.push(null);
        return;
      }
      const into = Buffer.allocUnsafeSlow(wanted);
      handle.read(into, position).then(
        (count) => {
          position += count;
          if (count === wanted) this.push(into);
          else this.destroy(new AppError('store_failed', 'the blob ended before its size'));
        },
        (error: unknown) => this.destroy(toAppError(error)),
      );
    },
    destroy(error, done) {
      signal?.removeEventListener('abort', cancel);
      handle.close().then(
        () => done(error),
        (closing: unknown) => done(error ?? toAppError(closing)),
      );
    },
  });
  const cancel = () => {
    body.destroy(new AppError('cancelled', 'the caller gave up', { cause: signal?.reason }));
  };
  signal?.addEventListener('abort', cancel, { once: true });
  return body;
}
