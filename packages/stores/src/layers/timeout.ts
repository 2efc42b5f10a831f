import { AppError, type StoreLayer } from '@parallax/core';
import { watchBody } from '../watched-body.ts';
import { ignoreLate, type StoreCall, wrapStore } from './wrap-store.ts';

/** Calls that may take long although the store is well: they flush what was written, and nobody can see how far they are. */
const LONG_CALLS: ReadonlySet<StoreCall> = new Set(['sync', 'commit', 'copyFrom', 'remove']);
const LONG_FACTOR = 10;
/** What is sent to a store goes at least so fast: 256 kB a second. */
const LEAST_BYTES_PER_MS = 256;

/**
 * No call lasts longer than `stallMs` (ten times that for calls that flush) and the time that the bytes it sends may take, no body and no listing stands still for longer: `stalled`.
 * A call on a dead mount cannot be cancelled: its buffer may still be filled after `stalled`, until `close` of the same handle returns,
 * so the caller must not use that buffer again.
 */
export function timeoutLayer(o: { readonly stallMs: number }): StoreLayer {
  return wrapStore((inner) => ({
    call: (name, work, { undo, bytes = 0 } = {}) => {
      const base = LONG_CALLS.has(name) ? o.stallMs * LONG_FACTOR : o.stallMs;
      const ms = base + Math.ceil(bytes / LEAST_BYTES_PER_MS);
      return new Promise((resolve, reject) => {
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          reject(stalled(inner.id, name, ms));
        }, ms);
        work().then(
          (value) => {
            clearTimeout(timer);
            // Who waited is told already; a failure to undo leaves what a sweep finds.
            if (isLate) undo?.(value).catch(ignoreLate);
            else resolve(value);
          },
          (error: unknown) => {
            clearTimeout(timer);
            reject(error);
          },
        );
      });
    },
    body: (body) =>
      watchBody(body, {
        stall: { ms: o.stallMs, error: () => stalled(inner.id, 'open', o.stallMs) },
      }),
  }));
}

function stalled(storeId: string, call: string, ms: number): AppError {
  return new AppError('stalled', 'the store makes no progress', { context: { storeId, call, ms } });
}
