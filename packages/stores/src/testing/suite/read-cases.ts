import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, caseIf, readBlob, type Subject, writeBlob } from './subject.ts';

const SIZE = 300_000;

/** Ranges, positions and readers that stop. */
export function readCases({ store, options, newKey }: Subject): void {
  const key = newKey();
  const bytes = Buffer.from(bytesOf(SIZE));
  const { preload } = options;
  beforeAll(() => preload?.(key, bytes) ?? writeBlob(store, key, bytes));
  afterAll(() => preload?.(key, undefined) ?? store.remove(key));

  it.each([
    ['the whole', 0, undefined],
    ['the middle', 1000, 200_000],
    ['one byte', SIZE - 1, SIZE],
    ['to the end', 99, undefined],
    ['beyond the end', SIZE - 10, SIZE + 10],
    ['nothing, inside', 5, 5],
    ['nothing, at the end', SIZE, undefined],
  ] as const)('reads a range: %s', async (_, start, end) => {
    const range = end === undefined ? { start } : { start, end };
    expect((await readBlob(store, key, range)).equals(bytes.subarray(start, end))).toBe(true);
    expect((await drained(store, key, range)).size).toBe(SIZE);
  });

  it('refuses a range that starts beyond the end', async () => {
    await expect(store.open(key, { range: { start: SIZE + 1 } })).rejects.toMatchObject({
      code: 'range_not_satisfiable',
    });
  });

  it.each([
    ['before the beginning', -1, 5],
    ['backwards', 5, 4],
  ])('refuses a range that is none: %s', async (_, start, end) => {
    await expect(store.open(key, { range: { start, end } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('says not_found for what is not there', async () => {
    const missing = { code: 'not_found' };
    await expect(store.stat(newKey())).rejects.toMatchObject(missing);
    await expect(store.open(newKey())).rejects.toMatchObject(missing);
    if (store.openAt) await expect(store.openAt(newKey())).rejects.toMatchObject(missing);
  });

  caseIf(store.openAt)('fills buffers from any position, many at a time', async () => {
    const handle = await store.openAt?.(key);
    const positions = Array.from({ length: 40 }, (_, index) => (index * 7919) % SIZE);
    const reads = positions.map(async (position) => {
      const into = new Uint8Array(new SharedArrayBuffer(10_000));
      const count = await handle?.read(into, position);
      return bytes.subarray(position, position + 10_000).equals(into.subarray(0, count));
    });
    expect(handle?.size).toBe(SIZE);
    expect(await Promise.all(reads)).toEqual(positions.map(() => true));
    expect(await handle?.read(new Uint8Array(10), SIZE)).toBe(0);
    await handle?.close();
  });

  it('streams several ranges at a time', async () => {
    const starts = [0, 100_000, 200_000, 50_000];
    const reads = starts.map((start) => readBlob(store, key, { start, end: start + 60_000 }));
    for (const [index, read] of (await Promise.all(reads)).entries()) {
      const start = starts[index] ?? 0;
      expect(read.equals(bytes.subarray(start, start + 60_000))).toBe(true);
    }
  });

  it('stops in the middle when the reader goes away', async () => {
    const { body } = await store.open(key);
    for await (const chunk of body) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    expect(body.destroyed).toBe(true);
    expect(await readBlob(store, key, { start: 1, end: 2 })).toHaveLength(1);
  });

  it('stops in the middle when the signal is aborted', async () => {
    const controller = new AbortController();
    const { body } = await store.open(key, { signal: controller.signal });
    const reading = (async () => {
      for await (const _ of body) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('does nothing for a caller who gave up before', async () => {
    const o = { signal: AbortSignal.abort() };
    const cancelled = { code: 'cancelled' };
    await expect(store.stat(key, o)).rejects.toMatchObject(cancelled);
    await expect(store.open(key, o)).rejects.toMatchObject(cancelled);
    await expect(store.begin(newKey(), o)).rejects.toMatchObject(cancelled);
    await expect(store.remove(key, o)).rejects.toMatchObject(cancelled);
    expect((await store.stat(key)).size).toBe(SIZE);
  });
}

async function drained(
  store: Subject['store'],
  key: string,
  range: { readonly start: number; readonly end?: number },
) {
  const { body, size } = await store.open(key, { range });
  body.resume();
  await new Promise((resolve) => body.once('end', resolve));
  return { size };
}
