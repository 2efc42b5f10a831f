import { AppError, CHUNK_BYTES, LEAF_BYTES } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BadSource } from '../source/source.ts';
import { Collector, contentOf, MemorySource, noise } from '../testing/index.ts';
import { openVerified, type ReadVerifiedOptions } from './open-verified.ts';

const bytes = noise(LEAF_BYTES * 5 + 321);
const known = contentOf(bytes);
const whole = { start: 0, end: bytes.length };

interface Attempt {
  readonly out: Collector;
  readonly bad: BadSource[];
  readonly error: unknown;
}

async function read(
  sources: readonly MemorySource[],
  over: Partial<ReadVerifiedOptions> & { of?: Buffer; out?: Collector } = {},
): Promise<Attempt> {
  const { of = bytes, out = new Collector(), ...options } = over;
  const bad: BadSource[] = [];
  const error: unknown = await openVerified({
    ...(of === bytes ? known : contentOf(of)),
    sources,
    range: { start: 0, end: of.length },
    stallMs: 10_000,
    signal: new AbortController().signal,
    onBad: (source) => bad.push(source),
    ...options,
  })
    .then((opened) => opened.sendTo(out))
    .then(
      () => undefined,
      (failure: unknown) => failure,
    );
  return { out, bad, error };
}

describe('openVerified', () => {
  it.each([0, 1, LEAF_BYTES - 1, LEAF_BYTES, LEAF_BYTES + 1, CHUNK_BYTES, CHUNK_BYTES + 1])(
    'sends all of %i bytes',
    async (size) => {
      const of = noise(size, size);
      const source = new MemorySource(1, of);
      const { out, error } = await read([source], { of });
      expect(error).toBeUndefined();
      expect(out.writableFinished).toBe(true);
      expect(out.bytes.equals(of)).toBe(true);
      expect(source.closed).toBe(source.opens.length);
    },
  );

  it('sends any range', async () => {
    const range = fc
      .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
      .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
    await fc.assert(
      fc.asyncProperty(range, async (wanted) => {
        const { out } = await read([new MemorySource(1, bytes)], { range: wanted });
        expect(out.bytes.equals(bytes.subarray(wanted.start, wanted.end))).toBe(true);
      }),
      {
        numRuns: 20,
        examples: [
          [{ start: LEAF_BYTES - 1, end: LEAF_BYTES }],
          [{ start: LEAF_BYTES, end: LEAF_BYTES + 1 }],
          [{ start: bytes.length - 1, end: bytes.length }],
        ],
      },
    );
  });

  it.each([0, 1, 2, 3, 4, 5])('goes on from another source when leaf %i is wrong', async (leaf) => {
    const liar = new MemorySource(1, bytes, { flipped: [leaf * LEAF_BYTES + 300] });
    const { out, bad, error } = await read([liar, new MemorySource(2, bytes)]);
    expect(error).toBeUndefined();
    expect(out.bytes.equals(bytes)).toBe(true);
    expect(bad.map(({ source, reason }) => [source.locationId, reason])).toEqual([
      [1, 'digest_mismatch'],
    ]);
  });

  it('survives sources that end, hang, break or do not open', async () => {
    const sources = [
      new MemorySource(1, bytes, { failsToOpen: new AppError('not_found') }),
      new MemorySource(2, bytes, { endsAt: LEAF_BYTES + 5 }),
      new MemorySource(3, bytes, { hangsAt: LEAF_BYTES * 2 }),
      new MemorySource(4, bytes, { breaksAt: LEAF_BYTES * 4 }),
      new MemorySource(5, bytes),
    ];
    const { out, bad, error } = await read(sources, { stallMs: 250 });
    expect(error).toBeUndefined();
    expect(out.bytes.equals(bytes)).toBe(true);
    expect(bad.map(({ source, reason }) => [source.locationId, reason])).toEqual([
      [1, 'source_missing'],
      [2, 'size_mismatch'],
      [3, 'stalled'],
      [4, 'store_failed'],
    ]);
  });

  it('destroys the output and sends no wrong byte when no source is left', async () => {
    const sources = [1, 2].map((id) => new MemorySource(id, bytes, { flipped: [LEAF_BYTES * 3] }));
    const { out, bad, error } = await read(sources);
    expect(error).toMatchObject({ code: 'unavailable', context: { reason: 'source_corrupt' } });
    expect([out.destroyed, out.writableFinished]).toEqual([true, false]);
    expect(bytes.subarray(0, LEAF_BYTES * 3).equals(out.bytes)).toBe(true);
    expect(bad).toHaveLength(2);
  });

  it('does not open when no source has the first leaf', async () => {
    const { out, error } = await read([new MemorySource(1, bytes, { flipped: [0] })]);
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(out.destroyed).toBe(false);
    expect((await read([])).error).toMatchObject({ context: { reason: 'source_missing' } });
  });

  it('does not read chunks that are known to be zero', async () => {
    const of = Buffer.concat([noise(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES), noise(10)]);
    const source = new MemorySource(1, of);
    const { out } = await read([source], { of });
    expect(out.bytes.equals(of)).toBe(true);
    expect(source.reads).toBe(9);
  });

  it('waits for a slow receiver without touching what it has not taken', async () => {
    const { out } = await read([new MemorySource(1, bytes)], {
      out: new Collector({ delayMs: 5 }),
    });
    expect(out.bytes.equals(bytes)).toBe(true);
  });

  it('gives up a receiver that takes nothing, and one that goes away', async () => {
    const stuck = await read([new MemorySource(1, bytes)], {
      out: new Collector({ delayMs: 2000 }),
      stallMs: 250,
    });
    expect(stuck.error).toMatchObject({ code: 'stalled' });
    expect(stuck.out.destroyed).toBe(true);
    const out = new Collector({ delayMs: 20 });
    setTimeout(() => out.destroy(), 30);
    expect((await read([new MemorySource(1, bytes)], { out })).error).toMatchObject({
      code: 'cancelled',
    });
  });

  it('stops on its signal', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    const out = new Collector();
    const source = new MemorySource(1, bytes, { hangsAt: LEAF_BYTES * 2 });
    const { error } = await read([source], {
      out,
      signal: stop.signal,
      stallMs: 5000,
      range: whole,
    });
    expect(error).toMatchObject({ code: 'cancelled' });
    expect([out.destroyed, source.closed]).toEqual([true, 1]);
  });
});
