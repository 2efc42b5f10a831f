import { describe, expect, it } from 'vitest';
import { MemoryWriter, type MemoryWriterOptions, noise } from '../testing/index.ts';
import type { Filled } from './slot-sink.ts';
import { WriteSink } from './write-sink.ts';

const SLOT = 1000;
const ZEROS = Buffer.alloc(SLOT);

/** A sink that has accepted all `pieces` before its writer ends its first write. */
async function written(pieces: readonly Buffer[], o: MemoryWriterOptions) {
  const calls: (readonly [position: number, bytes: number])[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const before: MemoryWriterOptions['before'] = ({ position, bytes }) => {
    calls.push([position, bytes]);
    return gate;
  };
  const writer = new MemoryWriter({ ...o, before });
  const failures: unknown[] = [];
  const { signal } = new AbortController();
  const fail = (error: unknown) => void failures.push(error);
  const sink = new WriteSink(writer, { signal, fail, allow: () => {} });
  const released = pieces.map(() => 0);
  for (const [index, piece] of pieces.entries()) sink.accept(filledWith(piece, index, released));
  const begun = calls.length;
  open();
  await sink.finish();
  expect(failures).toEqual([]);
  expect(released).toEqual(pieces.map(() => 1));
  expect(writer.content.equals(Buffer.concat(pieces))).toBe(true);
  return { begun, calls, holes: writer.holes };
}

function filledWith(piece: Buffer, index: number, released: number[]): Filled {
  const shared = new SharedArrayBuffer(piece.length);
  const bytes = Buffer.from(shared);
  piece.copy(bytes);
  const release = () => {
    released[index] = (released[index] ?? 0) + 1;
  };
  const zero = piece.equals(ZEROS);
  return { slot: { shared, bytes }, bytes, position: index * SLOT, zero, release };
}

const slots = (count: number) => Array.from({ length: count }, (_, seed) => noise(SLOT, seed + 1));

describe('a sink that writes slots where they belong', () => {
  it('gives every slot a write of its own, four at a time', async () => {
    const { begun, calls } = await written(slots(6), {});
    expect(begun).toBe(4);
    expect(calls).toEqual([0, 1, 2, 3, 4, 5].map((slot) => [slot * SLOT, SLOT]));
  });

  it('cuts where the layout says, and begins with what there is', async () => {
    const { begun, calls } = await written(slots(9), { writeBytes: 3 * SLOT });
    expect(begun).toBe(4);
    expect(calls).toEqual([
      [0, SLOT],
      [SLOT, 2 * SLOT],
      [3 * SLOT, 3 * SLOT],
      [6 * SLOT, 3 * SLOT],
    ]);
  });

  it('lets what is not whole wait for more, until a write ends or nothing more comes', async () => {
    const { begun, calls } = await written(slots(5), { writeBytes: 4 * SLOT });
    expect(begun).toBe(2);
    expect(calls).toEqual([
      [0, SLOT],
      [SLOT, 3 * SLOT],
      [4 * SLOT, SLOT],
    ]);
  });

  it('gathers behind the one write of a sequential writer', async () => {
    const { begun, calls } = await written(slots(4), { order: 'sequential' });
    expect(begun).toBe(1);
    expect(calls).toEqual([
      [0, SLOT],
      [SLOT, 3 * SLOT],
    ]);
  });

  it('never gathers a hole with bytes', async () => {
    const [a, b, c, d] = slots(4) as [Buffer, Buffer, Buffer, Buffer]; // Four were made.
    const { calls, holes } = await written([a, b, c, ZEROS, d], { order: 'sequential' });
    expect(calls).toEqual([
      [0, SLOT],
      [SLOT, 2 * SLOT],
      [4 * SLOT, SLOT],
    ]);
    expect(holes).toBe(SLOT);
  });
});
