import { Readable } from 'node:stream';
import { AppError } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';

/** An answer's body of exactly `bytes`, or an error: never a clean end with less. */
export function exactBody(inner: Readable, bytes: number): Readable {
  let left = bytes;
  const broken = (how: string) => new AppError('store_failed', `the body of the blob ${how}`);
  const outer = new Readable({
    // The answer has its own buffer.
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
    if (left < 0) outer.destroy(broken('is too long'));
    else if (!outer.push(chunk)) inner.pause();
  });
  inner.on('end', () => {
    if (left > 0) outer.destroy(broken('ended early'));
    else outer.push(null);
  });
  inner.on('error', (error) => outer.destroy(toHttpError(error, 'the store')));
  inner.on('close', () => {
    if (!inner.readableEnded) outer.destroy(broken('broke off'));
  });
  inner.pause();
  return outer;
}
