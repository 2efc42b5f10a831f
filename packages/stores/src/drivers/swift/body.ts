import { Readable } from 'node:stream';
import { AppError } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';

/** An answer's body that is exactly `bytes` long, or an error: never a clean end with less. */
export function exactBody(inner: Readable, bytes: number): Readable {
  let left = bytes;
  const early = () => new AppError('store_failed', 'the body of the blob ended early');
  const outer = new Readable({
    // The inner stream has the buffer.
    highWaterMark: 1,
    read: () => {
      inner.resume();
    },
    destroy(error, done) {
      inner.destroy();
      done(error);
    },
  });
  inner.on('data', (chunk: Uint8Array) => {
    left -= chunk.byteLength;
    if (left < 0) outer.destroy(new AppError('store_failed', 'the body of the blob is too long'));
    else if (!outer.push(chunk)) inner.pause();
  });
  inner.on('end', () => {
    if (left === 0) outer.push(null);
    else outer.destroy(early());
  });
  inner.on('error', (error) => outer.destroy(toHttpError(error, 'swift')));
  inner.on('close', () => {
    if (!inner.readableEnded) outer.destroy(early());
  });
  inner.pause();
  return outer;
}
