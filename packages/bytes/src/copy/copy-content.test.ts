import { setImmediate } from 'node:timers/promises';
import {
  AppError,
  type BlobWriter,
  bitmapOf,
  CHUNK_BYTES,
  chunkCount,
  countBits,
  hasBit,
  type KillPoint,
  LEAF_BYTES,
  LEAVES_PER_CHUNK,
  onKillPoint,
  setBit,
} from '@parallax/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { BadSource } from '../source/source.ts';
import {
  contentOf,
  MemoryPartWriter,
  MemorySource,
  MemoryWriter,
  noise,
} from '../testing/index.ts';
import { readBack, recheckLedger } from './check.ts';
import { type CopyOptions, copyContent } from './copy-content.ts';

const bytes = Buffer.concat([
  noise(CHUNK_BYTES * 2),
  Buffer.alloc(CHUNK_BYTES),
  noise(CHUNK_BYTES + LEAF_BYTES + 99),
]);
const chunks = chunkCount(bytes.length);
const known = contentOf(bytes);

function optionsOf(writer: BlobWriter, over: Partial<CopyOptions> & { of?: Buffer } = {}) {
  const { of = bytes, ...rest } = over;
  return {
    ...(of === bytes ? known : contentOf(of)),
    sources: [new MemorySource(1, of)],
    writer,
    ledger: bitmapOf(chunkCount(of.length)),
    receipts: [],
    streams: 3,
    stallMs: 10_000,
    signal: new AbortController().signal,
    onBad: () => {},
    checkpoint: async () => {},
    checkpointMs: 1_000,
    ...rest,
  };
}

afterEach(() => onKillPoint(undefined));

describe('copyContent', () => {
  const kinds = {
    'any offset': () => new MemoryWriter(),
    'in order': () => new MemoryWriter({ order: 'sequential' }),
    'whole parts': () => new MemoryPartWriter(),
    'bigger parts': () => new MemoryPartWriter({ partBytes: CHUNK_BYTES * 2 }),
    'whole parts in order': () => new MemoryPartWriter({ order: 'sequential' }),
  };
  const sizes = [0, 1, LEAF_BYTES + 1, CHUNK_BYTES, CHUNK_BYTES + 1];

  it.each(Object.keys(kinds) as (keyof typeof kinds)[])('copies every size: %s', async (kind) => {
    for (const of of [...sizes.map((size) => noise(size)), bytes]) {
      const writer = kinds[kind]();
      const receipts = await copyContent(optionsOf(writer, { of }));
      expect(writer.content.equals(of)).toBe(true);
      const parts = writer instanceof MemoryPartWriter ? of.length / writer.layout.partBytes(0) : 0;
      expect(receipts.map(({ index }) => index)).toEqual([...Array(Math.ceil(parts)).keys()]);
    }
  });

  it('reads no zero chunk and leaves a hole instead', async () => {
    const writer = new MemoryWriter();
    const source = new MemorySource(1, bytes);
    await copyContent(optionsOf(writer, { sources: [source] }));
    expect(writer.holes).toBe(CHUNK_BYTES);
    expect(source.reads).toBe(8 * 3 + 2);
    expect(source.closed).toBe(source.opens.length);
  });

  it('goes on with what the ledger lacks', async () => {
    const ledger = bitmapOf(chunks);
    setBit(ledger, 0);
    setBit(ledger, 3);
    const writer = new MemoryWriter();
    const saved: number[] = [];
    const checkpoint = async (now: Uint8Array, done: number): Promise<void> => {
      saved.push(countBits(now), done);
    };
    await copyContent(optionsOf(writer, { ledger, checkpoint }));
    expect(new Set(writer.writes.map((at) => Math.floor(at / CHUNK_BYTES)))).toEqual(
      new Set([1, 4]),
    );
    expect(countBits(ledger)).toBe(2);
    expect(saved.slice(-2)).toEqual([chunks, bytes.length]);
  });

  it('writes a part again when its receipt or a bit is missing', async () => {
    const ledger = bitmapOf(chunks);
    for (const chunk of [0, 1, 2]) setBit(ledger, chunk);
    const receipts = [
      { index: 0, bytes: 1 },
      { index: 3, bytes: 1 },
    ];
    const writer = new MemoryPartWriter();
    const all = await copyContent(optionsOf(writer, { ledger, receipts }));
    expect(writer.writes.map((at) => at / CHUNK_BYTES).sort()).toEqual([1, 2, 3, 4]);
    expect(all.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('reads on in one stream while a part is written in order', async () => {
    const source = new MemorySource(1, bytes);
    const writer = new MemoryPartWriter({
      order: 'sequential',
      before: async ({ position }) => {
        while (position === 0 && source.reads <= LEAVES_PER_CHUNK) await setImmediate();
      },
    });
    await copyContent(optionsOf(writer, { sources: [source] }));
    expect(writer.content.equals(bytes)).toBe(true);
    expect(source.opens).toEqual([0]);
  });

  it('drops bad sources and spreads over the good ones', async () => {
    const bad: BadSource[] = [];
    const liars = [
      new MemorySource(1, bytes, { flipped: [5] }),
      new MemorySource(2, bytes, { hangsAt: 9 }),
    ];
    const good = [new MemorySource(3, bytes), new MemorySource(4, bytes)];
    const writer = new MemoryWriter();
    const onBad = (one: BadSource): void => void bad.push(one);
    await copyContent(
      optionsOf(writer, { sources: [...liars, ...good], onBad, streams: 4, stallMs: 250 }),
    );
    expect(writer.content.equals(bytes)).toBe(true);
    expect(bad.map(({ source }) => source.locationId).sort()).toEqual([1, 2]);
    expect(good.every((source) => source.reads > 0)).toBe(true);
  });

  it('fails when every source is wrong, without writing a wrong byte', async () => {
    const sources = [1, 2].map((id) => new MemorySource(id, bytes, { flipped: [CHUNK_BYTES + 7] }));
    const writer = new MemoryWriter();
    const failed = copyContent(optionsOf(writer, { sources }));
    await expect(failed).rejects.toMatchObject({
      code: 'unavailable',
      context: { reason: 'source_corrupt' },
    });
    expect(writer.writes).not.toContain(CHUNK_BYTES);
  });

  it('ends with the error of the writer, and of the checkpoint', async () => {
    const full = new MemoryWriter({
      before: () => {
        throw new AppError('no_space');
      },
    });
    await expect(copyContent(optionsOf(full))).rejects.toMatchObject({ code: 'no_space' });
    const stuck = new MemoryWriter({
      before: () => new Promise((resolve) => setTimeout(resolve, 20)),
    });
    const checkpoint = async (): Promise<void> => {
      throw new AppError('lease_lost');
    };
    const lost = copyContent(optionsOf(stuck, { checkpoint, checkpointMs: 5 }));
    await expect(lost).rejects.toMatchObject({ code: 'lease_lost' });
  });

  it('checkpoints while it copies and never marks a chunk before it is written', async () => {
    const writer = new MemoryWriter({
      before: () => new Promise((resolve) => setTimeout(resolve, 2)),
    });
    let seen = 0;
    const checkpoint = async (ledger: Uint8Array): Promise<void> => {
      seen += 1;
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const end = Math.min(bytes.length, (chunk + 1) * CHUNK_BYTES);
        if (hasBit(ledger, chunk)) expect(writer.content.length).toBeGreaterThanOrEqual(end);
      }
    };
    await copyContent(optionsOf(writer, { checkpoint, checkpointMs: 3, streams: 1 }));
    expect(seen).toBeGreaterThan(2);
  });

  it('is cancelled soon, also when a source and a writer hang', async () => {
    const stop = new AbortController();
    const sources = [new MemorySource(1, bytes, { hangsAt: CHUNK_BYTES })];
    const writer = new MemoryWriter({
      before: ({ position }) => (position > 0 ? new Promise(() => {}) : undefined),
    });
    const began = performance.now();
    setTimeout(() => stop.abort(), 20);
    const copy = copyContent(optionsOf(writer, { sources, signal: stop.signal, stallMs: 60_000 }));
    await expect(copy).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('gives up a writer that hangs', async () => {
    const writer = new MemoryWriter({ before: () => new Promise(() => {}) });
    const copy = copyContent(optionsOf(writer, { stallMs: 100 }));
    await expect(copy).rejects.toMatchObject({ code: 'stalled' });
  });

  it('passes its kill points', async () => {
    const passed: KillPoint[] = [];
    onKillPoint((point) => passed.push(point));
    await copyContent(optionsOf(new MemoryWriter()));
    const count = (point: KillPoint): number => passed.filter((one) => one === point).length;
    expect(['copy.chunk', 'copy.half', 'copy.written'].map((p) => count(p as KillPoint))).toEqual([
      5, 1, 1,
    ]);
  });
});

describe('readBack', () => {
  const readOf = async (source: MemorySource): Promise<void> =>
    readBack({
      ...known,
      open: () => source.open({ start: 0 }),
      signal: new AbortController().signal,
      stallMs: 500,
    });

  it('accepts a right copy', async () => {
    const source = new MemorySource(1, bytes);
    await readOf(source);
    expect([source.reads, source.closed]).toEqual([34, 1]);
  });

  it.each([
    ['integrity_mismatch', 'digest_mismatch', { flipped: [CHUNK_BYTES * 2 + 3] }],
    ['integrity_mismatch', 'digest_mismatch', { flipped: [bytes.length - 1] }],
    ['integrity_mismatch', 'size_mismatch', { endsAt: bytes.length - 1 }],
    ['stalled', undefined, { hangsAt: CHUNK_BYTES }],
  ])('says %s %s', async (code, reason, faults) => {
    const context = reason === undefined ? {} : { reason };
    await expect(readOf(new MemorySource(1, bytes, faults))).rejects.toMatchObject({
      code,
      context,
    });
  });

  it('refuses a copy of another size', async () => {
    const longer = new MemorySource(1, Buffer.concat([bytes, Buffer.of(0)]));
    await expect(readOf(longer)).rejects.toMatchObject({ context: { reason: 'size_mismatch' } });
  });
});

describe('recheckLedger', () => {
  it('keeps only chunks that read back right', async () => {
    const writer = new MemoryWriter();
    await writer.writeAt(0, [bytes.subarray(0, CHUNK_BYTES * 3)]);
    await writer.writeAt(CHUNK_BYTES + 5, [Buffer.from('wrong')]);
    const ledger = bitmapOf(chunks);
    for (const chunk of [0, 1, 2, 4]) setBit(ledger, chunk);
    const kept = await recheckLedger({ ...known, writer, ledger });
    expect([0, 1, 2, 3, 4].filter((chunk) => hasBit(kept, chunk))).toEqual([0, 2]);
    expect(countBits(ledger)).toBe(4);
  });

  it('believes the ledger of a store that keeps whole parts', async () => {
    const ledger = Uint8Array.of(0b101);
    const writer = new MemoryPartWriter();
    expect(await recheckLedger({ ...known, writer, ledger })).toEqual(ledger);
  });
});
