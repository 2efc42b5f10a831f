import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { AppError, CHUNK_BYTES, hasBit, LEAF_BYTES, leafCount, TAG_BYTES } from '@parallax/core';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { leafTag } from '../digest/leaf-tag.ts';
import { Engine } from '../engine.ts';
import { SLOT_BYTES } from '../slots.ts';
import { MemoryPartWriter, MemoryWriter, noise } from '../testing/index.ts';
import { type IngestOptions, ingest } from './ingest.ts';

const engines: Engine[] = [];

function engineOf(threads: 'inline' | 1 | 2 = 'inline', uploadMemoryBytes = 64 << 20): Engine {
  const engine = new Engine({ threads, uploadMemoryBytes });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const tagKey = randomBytes(32);

function optionsOf(body: Readable, over: Partial<IngestOptions> = {}): IngestOptions {
  const { signal } = new AbortController();
  return { body, writers: [], tagKey, sizeCap: 1 << 30, stallMs: 10_000, signal, ...over };
}

function inPieces(bytes: Buffer, most: number): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += most) pieces.push(bytes.subarray(at, at + most));
  return Readable.from(pieces, { objectMode: false });
}

function hex(algorithm: string, bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function tagsOf(bytes: Buffer): Buffer {
  const leaves = Array.from({ length: leafCount(bytes.length) }, (_, leaf) =>
    leafTag(tagKey, leaf, bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES)),
  );
  return Buffer.concat(leaves);
}

describe('ingest', () => {
  const edges = [0, SLOT_BYTES, LEAF_BYTES, CHUNK_BYTES];
  const sizes = edges.flatMap((size) => [size - 1, size, size + 1]).filter((size) => size >= 0);

  it.each(['inline', 1, 2] as const)(
    'writes, hashes and tags every size edge (%s)',
    async (threads) => {
      const engine = engineOf(threads);
      for (const size of sizes) {
        const bytes = noise(size);
        const [any, parts] = [new MemoryWriter(), new MemoryPartWriter()];
        const order = new MemoryWriter({ order: 'sequential' });
        const few = new MemoryWriter({ writeBytes: SLOT_BYTES * 2 });
        const writers = [any, order, few, parts];
        const result = await ingest(engine, optionsOf(inPieces(bytes, 70_001), { writers }));
        expect(result).toMatchObject({ size, md5: hex('md5', bytes), osHashAlgo: 'sha512' });
        expect(result.osHashValue).toBe(hex('sha512', bytes));
        expect(Buffer.concat(result.slices.map((slice) => slice.tags)).equals(tagsOf(bytes))).toBe(
          true,
        );
        expect(writers.filter(({ content }) => !content.equals(bytes))).toEqual([]);
        expect(result.receipts.map((list) => list.map((receipt) => receipt.bytes))).toEqual([
          [],
          [],
          [],
          Array.from({ length: Math.ceil(size / CHUNK_BYTES) }, (_, part) =>
            Math.min(CHUNK_BYTES, size - part * CHUNK_BYTES),
          ),
        ]);
      }
      expect([engine.slots.committed, engine.parts.used]).toEqual([0, 0]);
    },
    60_000,
  );

  it('does not care how the input is split', async () => {
    const engine = engineOf();
    const bytes = noise(LEAF_BYTES * 2 + 12_345);
    const splits = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(splits, async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const body = Readable.from(
          pieces.filter((piece) => piece.length > 0),
          { objectMode: false },
        );
        const writer = new MemoryWriter();
        const { md5, slices } = await ingest(engine, optionsOf(body, { writers: [writer] }));
        expect(md5).toBe(hex('md5', bytes));
        expect(slices[0]?.tags).toEqual(tagsOf(bytes));
        expect(writer.content.equals(bytes)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('shows the tap every byte once, in order, and ends with what it throws', async () => {
    const engine = engineOf();
    const bytes = noise(LEAF_BYTES + 5);
    const seen: Buffer[] = [];
    const tap = (piece: Uint8Array): void => void seen.push(Buffer.from(piece));
    await ingest(engine, optionsOf(inPieces(bytes, 70_001), { tap }));
    expect(Buffer.concat(seen).equals(bytes)).toBe(true);
    const refuse = (): void => {
      throw new AppError('unsupported_media_type');
    };
    const body = new PassThrough();
    const refused = ingest(engine, optionsOf(body, { tap: refuse, writers: [new MemoryWriter()] }));
    body.write(noise(SLOT_BYTES));
    await expect(refused).rejects.toMatchObject({ code: 'unsupported_media_type' });
    expect([engine.slots.committed, body.destroyed]).toEqual([0, false]);
  });

  it('flags zero chunks and writes zero slots as holes', async () => {
    const bytes = Buffer.alloc(CHUNK_BYTES * 3 + 5);
    bytes[CHUNK_BYTES * 2 - 1] = 1;
    const writer = new MemoryWriter();
    const result = await ingest(
      engineOf(),
      optionsOf(inPieces(bytes, 1 << 20), { writers: [writer] }),
    );
    const zeros = result.slices[0]?.zeros ?? new Uint8Array();
    expect([0, 1, 2, 3].map((chunk) => hasBit(zeros, chunk))).toEqual([true, false, true, true]);
    expect(writer.holes).toBe(bytes.length - SLOT_BYTES);
    expect(writer.content.equals(bytes)).toBe(true);
  });

  it('refuses a body over the cap and leaves no memory taken', async () => {
    const engine = engineOf();
    const writers = [new MemoryWriter(), new MemoryPartWriter()];
    const over = ingest(engine, optionsOf(inPieces(noise(3000), 999), { writers, sizeCap: 2999 }));
    await expect(over).rejects.toMatchObject({ code: 'too_large' });
    const declared = optionsOf(inPieces(noise(10), 10), { sizeCap: 9, declaredSize: 10 });
    await expect(ingest(engine, declared)).rejects.toMatchObject({ code: 'too_large' });
    expect([engine.slots.committed, engine.parts.used]).toEqual([0, 0]);
  });

  it.each([2999, 3001])(
    'refuses a body of 3000 bytes that was declared as %i',
    async (declaredSize) => {
      const body = inPieces(noise(3000), 999);
      const failed = ingest(engineOf(), optionsOf(body, { declaredSize }));
      await expect(failed).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it('takes a sender that goes away for cancelled and frees everything', async () => {
    const engine = engineOf(2);
    const body = new PassThrough();
    const writers = [new MemoryWriter(), new MemoryPartWriter()];
    const ingested = ingest(engine, optionsOf(body, { writers }));
    body.write(noise(LEAF_BYTES * 3));
    setTimeout(() => body.destroy(), 20);
    await expect(ingested).rejects.toMatchObject({ code: 'cancelled' });
    expect([engine.slots.committed, engine.parts.used]).toEqual([0, 0]);
  });

  it('stops on its signal', async () => {
    const engine = engineOf();
    const stop = new AbortController();
    const { signal } = stop;
    const waiting = ingest(engine, optionsOf(new PassThrough(), { signal }));
    setTimeout(() => stop.abort(new AppError('lease_lost')), 10);
    await expect(waiting).rejects.toMatchObject({ code: 'lease_lost' });
    await expect(ingest(engine, optionsOf(new PassThrough(), { signal }))).rejects.toThrow();
    expect(engine.slots.committed).toBe(0);
  });

  it('gives up a sender that sends nothing and a writer that takes nothing', async () => {
    const engine = engineOf();
    const silent = ingest(engine, optionsOf(new PassThrough(), { stallMs: 30 }));
    await expect(silent).rejects.toMatchObject({ code: 'stalled' });
    const writers = [new MemoryWriter({ before: () => new Promise(() => {}) })];
    const stuck = ingest(
      engine,
      optionsOf(inPieces(noise(8 << 20), 65_536), { writers, stallMs: 30 }),
    );
    await expect(stuck).rejects.toMatchObject({ code: 'stalled' });
    // The slots of the writes that hang stay out: somebody may still read them.
    expect(engine.slots.committed).toBe(4);
  });

  it('gives up a sender that sends a byte now and then', async () => {
    const engine = engineOf();
    const body = new PassThrough();
    const drip = setInterval(() => body.write('x'), 10);
    try {
      const slow = ingest(engine, optionsOf(body, { stallMs: 100 }));
      await expect(slow).rejects.toMatchObject({ code: 'stalled' });
    } finally {
      clearInterval(drip);
    }
    expect(engine.slots.committed).toBe(0);
  });

  it('ends with the first error of a writer and leaves the rest of the body unread', async () => {
    const engine = engineOf();
    const full = new MemoryWriter({
      before: ({ position }) => {
        if (position > LEAF_BYTES) throw new AppError('no_space');
      },
    });
    const body = new PassThrough();
    const ingested = ingest(engine, optionsOf(body, { writers: [new MemoryWriter(), full] }));
    const rest = noise(8 << 20);
    body.write(rest);
    await expect(ingested).rejects.toMatchObject({ code: 'no_space' });
    expect(body.isPaused()).toBe(true);
    expect(body.destroyed).toBe(false);
    expect(engine.slots.committed).toBe(0);
  });

  it.each([
    ['eight slots', undefined, 8],
    ['24 where bytes are gathered', SLOT_BYTES * 4, 24],
  ] as const)('slows the sender down to the slowest writer: %s', async (_, writeBytes, slots) => {
    const engine = engineOf();
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = new MemoryWriter({ before: () => gate, ...(writeBytes && { writeBytes }) });
    let [taken, most] = [0, 0];
    const onBytes = (total: number): void => {
      taken = total;
      most = Math.max(most, engine.slots.committed);
    };
    const bytes = noise((slots + 8) * SLOT_BYTES);
    const writers = [slow, new MemoryWriter()];
    const ingested = ingest(engine, optionsOf(inPieces(bytes, 65_536), { writers, onBytes }));
    // The last piece waits for a slot.
    await expect.poll(() => taken).toBe(slots * SLOT_BYTES + 65_536);
    open();
    expect((await ingested).size).toBe(bytes.length);
    expect(most).toBe(slots);
    expect(slow.mostInFlight).toBeLessThanOrEqual(4);
  });

  it('holds few parts in memory when a store is slow', async () => {
    const engine = engineOf();
    const writer = new MemoryPartWriter({
      before: () => new Promise((resolve) => setTimeout(resolve, 5)),
    });
    const order = new MemoryPartWriter({ order: 'sequential' });
    const bytes = noise(CHUNK_BYTES * 5 + 77);
    const { receipts } = await ingest(
      engine,
      optionsOf(inPieces(bytes, 65_536), { writers: [writer, order] }),
    );
    expect(receipts[0]?.map((receipt) => receipt.index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect([writer.content.equals(bytes), order.content.equals(bytes)]).toEqual([true, true]);
    expect(writer.mostInFlight).toBeLessThanOrEqual(2);
    expect(order.mostInFlight).toBe(1);
  });

  it('flushes about every 64 MiB while it receives', async () => {
    const writer = new MemoryWriter();
    writer.writeAt = async () => {};
    const piece = noise(1 << 20);
    const body = Readable.from(
      (function* () {
        for (let n = 0; n < 130; n += 1) yield piece;
      })(),
      { objectMode: false },
    );
    await ingest(engineOf(), optionsOf(body, { writers: [writer] }));
    expect(writer.syncs).toBe(2);
  });

  it('serves many streams from little memory', async () => {
    const engine = engineOf(2, 6 * SLOT_BYTES);
    const bodies = Array.from({ length: 12 }, (_, n) => noise(LEAF_BYTES + n * 100_000, n + 1));
    const results = await Promise.all(
      bodies.map((bytes) =>
        ingest(
          engine,
          optionsOf(inPieces(bytes, 65_536), {
            writers: [new MemoryWriter(), new MemoryPartWriter()],
          }),
        ),
      ),
    );
    expect(results.map(({ md5 }) => md5)).toEqual(bodies.map((bytes) => hex('md5', bytes)));
    expect([engine.slots.committed, engine.parts.used]).toEqual([0, 0]);
  });

  it('has tags of a fixed size', () => {
    expect(tagsOf(noise(5)).length).toBe(TAG_BYTES);
  });
});
