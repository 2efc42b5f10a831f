import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { entriesOf, readBlob } from '../../testing/suite/subject.ts';
import { runChild } from './child.fixture.ts';
import { FileStore } from './store.ts';

const KEY = 'aa/image.1';
const SIZE = 3_000_000;
let root = '';
let store = new FileStore('local', root);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'parallax-crash-'));
  store = new FileStore('local', root);
  await store.writeIdentity(randomUUID());
});
afterEach(() => rm(root, { recursive: true }));

const POINTS = ['written', 'file.synced', 'file.linked', 'file.unhidden'] as const;

it.each(POINTS)('shows a whole blob or none after kill -9 at %s', async (point) => {
  const at = await placeOf(point);
  const { signal, session } = await runChild([at.root, KEY, point]);
  expect(signal).toBe('SIGKILL');
  const entries = await entriesOf(at.store);
  for (const entry of entries) expect(entry.size).toBe(SIZE);
  expect(entries.map(({ partial }) => partial)).toEqual(leftAt(point));
  const [partial] = entries.filter((entry) => entry.partial);
  if (partial !== undefined) {
    expect(partial.session).toBe(session);
    const writer = await at.store.resume(KEY, session);
    await writer.commit([], { size: SIZE });
  }
  expect(await entriesOf(at.store)).toMatchObject([{ key: KEY, partial: false }]);
  expect((await readBlob(at.store, KEY)).every((byte) => byte === 7)).toBe(true);
});

it.each(POINTS)('removes all that kill -9 at %s left', async (point) => {
  const at = await placeOf(`remove ${point}`);
  await runChild([at.root, KEY, point]);
  await at.store.remove(KEY);
  expect(await entriesOf(at.store)).toEqual([]);
});

it('aborts both names of a commit that died between them', async () => {
  const { session } = await runChild([root, KEY, 'file.linked']);
  await (await store.resume(KEY, session)).abort();
  expect(await entriesOf(store)).toEqual([]);
});

it('aborts a lost write without touching another blob of its key', async () => {
  const { session } = await runChild([root, KEY, 'written']);
  const other = await store.begin(KEY);
  await other.commit([], { size: 0 });
  const lost = await store.resume(KEY, session);
  await expect(lost.commit([], { size: SIZE })).rejects.toMatchObject({ code: 'conflict' });
  await lost.abort();
  expect(await entriesOf(store)).toMatchObject([{ key: KEY, size: 0, partial: false }]);
});

/** Blob first, then unfinished writes: whether each is partial. */
function leftAt(point: (typeof POINTS)[number]): readonly boolean[] {
  switch (point) {
    case 'written':
    case 'file.synced':
      return [true];
    case 'file.linked':
      return [false, true];
    case 'file.unhidden':
      return [false];
  }
}

async function placeOf(name: string) {
  const at = join(root, name);
  const own = new FileStore('local', at);
  await own.writeIdentity(randomUUID());
  return { root: at, store: own };
}
