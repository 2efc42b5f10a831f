import { Readable } from 'node:stream';
import { AppError } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';

export interface BodyWindow {
  /** Bytes of the answer before the first one wanted. */
  readonly skip: number;
  /** Bytes wanted. */
  readonly bytes: number;
  /** The answer goes on after the last byte wanted: it is dropped there. Else it must end there. */
  readonly goesOn: boolean;
}

/** A part of an answer's body that is exactly as long as it shall be, or an error: never a clean end with less. */
export function windowBody(inner: Readable, { skip, bytes, goesOn }: BodyWindow): Readable {
  let before = skip;
  let left = bytes;
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
  let isDone = false;
  const fail = (error: Error) => {
    // What is dropped after the last byte wanted reports that as its own failure.
    if (!isDone) outer.destroy(error);
  };
  const finish = () => {
    if (left > 0) fail(new AppError('store_failed', 'the server ended the body early'));
    else if (!isDone) outer.push(null);
    isDone = true;
  };
  inner.on('data', (chunk: Uint8Array) => {
    if (isDone) return;
    const skipped = Math.min(before, chunk.byteLength);
    before -= skipped;
    const rest = chunk.subarray(skipped);
    const piece = rest.subarray(0, left);
    left -= piece.byteLength;
    if (rest.byteLength > piece.byteLength && !goesOn) {
      fail(new AppError('store_failed', 'the server sends more than it says'));
      return;
    }
    if (piece.byteLength > 0 && !outer.push(piece)) inner.pause();
    if (left > 0 || !goesOn) return;
    finish();
    inner.destroy();
  });
  inner.on('end', finish);
  inner.on('error', (error) => fail(toHttpError(error, 'the server of the URL')));
  inner.on('close', () => {
    if (!inner.readableEnded) fail(new AppError('store_failed', 'the server ended the body early'));
  });
  inner.pause();
  return outer;
}
