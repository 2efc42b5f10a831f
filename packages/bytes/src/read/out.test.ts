import { Writable } from 'node:stream';
import { LEAF_BYTES } from '@parallax/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sendPieces } from './out.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A response whose own timer sees progress always, because a byte leaves now and then. */
class Trickle extends Writable {
  readonly #written: () => void;

  constructor(written: () => void) {
    super();
    this.#written = written;
  }

  setTimeout(): void {}

  override _write(_: Buffer, __: string, ___: () => void): void {
    this.#written();
  }
}

it('gives up a receiver that takes a byte now and then', async () => {
  const { signal } = new AbortController();
  const begun = vi.fn();
  const out = new Trickle(begun);
  const piece = new Uint8Array(LEAF_BYTES);
  const pieces = { count: 2, next: async () => piece };
  const sent = expect(sendPieces(out, pieces, { stallMs: 60_000, signal })).rejects.toMatchObject({
    code: 'stalled',
  });
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(out.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(LEAF_BYTES);
  await sent;
  expect(out.destroyed).toBe(true);
});
