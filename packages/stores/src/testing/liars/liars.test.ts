import type { Store, StoreLayer } from '@parallax/core';
import { describe, expect, it } from 'vitest';
import { timeoutLayer } from '../../layers/timeout.ts';
import { memoryStore } from '../memory/store.ts';
import { bytesOf, readBlob, writeBlob } from '../suite/subject.ts';
import { failAt, flipByte, fullAfter, slow, stallAt, truncateAt, vanish } from './liars.ts';

const KEY = 'aa/image.1';
const bytes = Buffer.from(bytesOf(200_000));

async function storeThat(lies: StoreLayer): Promise<Store> {
  const honest = memoryStore();
  await writeBlob(honest, KEY, bytes);
  return lies(honest);
}

async function readAt(store: Store, position: number, length: number): Promise<Buffer> {
  const handle = await store.openAt?.(KEY);
  const into = Buffer.alloc(length);
  const count = (await handle?.read(into, position)) ?? -1;
  await handle?.close();
  return into.subarray(0, count);
}

describe('a store that flips a byte', () => {
  it('gives it wrong by every way, and no other', async () => {
    const store = await storeThat(flipByte(150_000));
    const wrong = Buffer.from(bytes);
    wrong[150_000] = (bytes[150_000] ?? 0) ^ 0xff;
    expect((await readBlob(store, KEY)).equals(wrong)).toBe(true);
    expect((await readBlob(store, KEY, { start: 149_990 })).equals(wrong.subarray(149_990))).toBe(
      true,
    );
    expect((await readAt(store, 149_999, 3)).equals(wrong.subarray(149_999, 150_002))).toBe(true);
    expect((await readAt(store, 150_001, 3)).equals(bytes.subarray(150_001, 150_004))).toBe(true);
  });
});

describe('a store that truncates', () => {
  it('claims the whole size and ends early', async () => {
    const store = await storeThat(truncateAt(70_001));
    expect((await store.stat(KEY)).size).toBe(bytes.byteLength);
    expect(await readBlob(store, KEY)).toHaveLength(70_001);
    expect(await readAt(store, 70_000, 10)).toHaveLength(1);
    expect(await readAt(store, 80_000, 10)).toHaveLength(0);
  });
});

describe('a store that stalls', () => {
  it('gives what lies before, and then nothing until somebody gives up', async () => {
    const store = timeoutLayer({ stallMs: 30 })(await storeThat(stallAt(100_000)));
    expect(await readAt(store, 0, 1000)).toHaveLength(1000);
    await expect(readAt(store, 99_999, 2)).rejects.toMatchObject({ code: 'stalled' });
    await expect(readBlob(store, KEY)).rejects.toMatchObject({ code: 'stalled' });
  });
});

describe('a store that fails once', () => {
  it('fails the call that was named, at the time that was named', async () => {
    const store = await storeThat(failAt(2, { call: 'read', code: 'unavailable' }));
    expect(await readAt(store, 0, 1)).toHaveLength(1);
    await expect(readAt(store, 0, 1)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readAt(store, 0, 1)).toHaveLength(1);
  });

  it('counts every call when none is named', async () => {
    const store = await storeThat(failAt(2));
    await store.stat(KEY);
    await expect(store.stat(KEY)).rejects.toMatchObject({ code: 'store_failed' });
    await store.stat(KEY);
  });
});

describe('a slow store', () => {
  it('takes the time of its rate, both ways', async () => {
    const store = await storeThat(slow(1_000_000));
    const startedAt = performance.now();
    expect(await readAt(store, 0, 50_000)).toHaveLength(50_000);
    expect(performance.now() - startedAt).toBeGreaterThan(45);
    await writeBlob(store, 'aa/image.2', bytesOf(50_000));
    expect(performance.now() - startedAt).toBeGreaterThan(95);
  });
});

describe('a store that runs full', () => {
  it('takes what fits, over all writers', async () => {
    const store = fullAfter(1000)(memoryStore());
    await writeBlob(store, 'aa/image.1', bytesOf(900));
    const writer = await store.begin('aa/image.2');
    await writer.writeAt?.(0, [bytesOf(100)]);
    await expect(writer.put(0, [bytesOf(1)])).rejects.toMatchObject({ code: 'no_space' });
    await writer.abort();
  });
});

describe('a store that vanishes', () => {
  it('is unavailable for every call, and is itself again afterwards', async () => {
    let gone = false;
    const store = await storeThat(vanish(() => gone));
    const handle = await store.openAt?.(KEY);
    const { body } = await store.open(KEY);
    gone = true;
    const unavailable = { code: 'unavailable' };
    await expect(store.stat(KEY)).rejects.toMatchObject(unavailable);
    await expect(store.begin('aa/image.2')).rejects.toMatchObject(unavailable);
    await expect(store.readIdentity()).rejects.toMatchObject(unavailable);
    await expect(handle?.read(new Uint8Array(1), 0)).rejects.toMatchObject(unavailable);
    await expect(body.toArray()).rejects.toMatchObject(unavailable);
    await handle?.close();
    gone = false;
    expect(await readBlob(store, KEY)).toHaveLength(bytes.byteLength);
  });
});
