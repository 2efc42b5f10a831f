import { Readable, Transform } from 'node:stream';
import { AppError } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';

/** `length` bytes of an answer after `skip` others. One that ends early is an error, never a short clean end. */
export function bodyOf(answer: Readable, skip: number, length: number): Readable {
  let toSkip = skip;
  let left = length;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const from = Math.min(toSkip, chunk.byteLength);
      toSkip -= from;
      const wanted = chunk.subarray(from, from + left);
      left -= wanted.byteLength;
      if (wanted.byteLength > 0) this.push(wanted);
      // The rest of an image that was sent whole is not waited for.
      if (from + wanted.byteLength < chunk.byteLength) {
        answer.unpipe(this);
        answer.destroy();
        this.end();
      }
      done();
    },
    flush(done) {
      done(left === 0 ? null : new AppError('store_failed', 'the image ended before its size'));
    },
  });
  answer.on('error', (cause) => {
    // Ours, when nothing more was wanted of it.
    if (left > 0) body.destroy(toHttpError(cause, 'glance'));
  });
  body.on('close', () => answer.destroy());
  return answer.pipe(body);
}

export function emptyBody(): Readable {
  return Readable.from([]);
}
