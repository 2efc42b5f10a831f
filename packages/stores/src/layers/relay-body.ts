import { Readable } from 'node:stream';
import { AppError } from '@parallax/core';

export interface RelayOptions {
  /** Sees every chunk on its way. */
  readonly passed?: (bytes: number) => void;
  /** Told once how the inner stream ended, unless its reader let go of it before. */
  readonly ended?: (error: Error | undefined) => void;
  /** Destroys the stream when the reader waits and nothing comes for `ms`. A slow reader is no stall. */
  readonly stall?: { readonly ms: number; readonly error: () => Error };
}

/** The same chunks as `inner`, one by one and not copied; both streams end together. */
export function relayBody(inner: Readable, o: RelayOptions): Readable {
  let timer: NodeJS.Timeout | undefined;
  let wantsMore = false;
  const disarm = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const arm = (stall: NonNullable<RelayOptions['stall']>) => {
    timer ??= setTimeout(() => outer.destroy(stall.error()), stall.ms);
  };
  const pump = () => {
    while (wantsMore) {
      const chunk: unknown = inner.read();
      if (chunk === null) return;
      disarm();
      if (chunk instanceof Uint8Array) o.passed?.(chunk.byteLength);
      wantsMore = outer.push(chunk);
    }
  };
  const outer = new Readable({
    // The inner stream has the buffer.
    highWaterMark: 1,
    read() {
      wantsMore = true;
      if (o.stall !== undefined && !inner.readableEnded) arm(o.stall);
      pump();
    },
    destroy(error, done) {
      disarm();
      inner.destroy();
      done(error);
    },
  });
  inner.on('readable', pump);
  const fail = (error: Error) => {
    if (outer.destroyed) return;
    o.ended?.(error);
    outer.destroy(error);
  };
  inner.on('end', () => {
    disarm();
    if (!outer.destroyed) o.ended?.(undefined);
    outer.push(null);
  });
  inner.on('error', fail);
  inner.on('close', () => {
    if (!inner.readableEnded) fail(new AppError('store_failed', 'the body ended early'));
  });
  return outer;
}
