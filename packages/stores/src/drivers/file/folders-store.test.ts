import { chmodSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type Store } from '@parallax/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { describeStore } from '../../testing/index.ts';
import { bytesOf, entriesOf, putAll, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { parseFileConfig } from './config.ts';
import { fileDriver } from './driver.ts';
import { FoldersStore } from './folders-store.ts';
import { FileStore } from './store.ts';

const base = mkdtempSync(join(tmpdir(), 'parallax-folders-'));
const UUID = '4f8b1d1e-58f7-4d3a-9a0e-5a0c1f3f7a10';
let made = 0;
afterAll(() => rmSync(base, { recursive: true }));

function pathsBelow(name: string) {
  return ['a', 'b', 'c'].map((folder) => ({ path: join(base, name, folder), weight: 0 }));
}

function open(name: string): Promise<Store> {
  return fileDriver.create('local', parseFileConfig({ paths: pathsBelow(name), shared: true }));
}

function newName(): string {
  made += 1;
  return `missing-${made}`;
}

describeStore('file in several folders', {
  create: () => open('suite'),
  createMissing: () => open(newName()),
});

/** Folders with so much room and such a weight, as one store. */
async function foldersOf(...of: readonly { readonly free: number; readonly weight: number }[]) {
  const name = newName();
  const roots = of.map((_, index) => join(base, name, String(index)));
  const folders = of.map(({ free, weight }, index) => {
    const store = new FileStore('local', roots[index] ?? base);
    vi.spyOn(store, 'freeBytes').mockResolvedValue(free);
    return { store, weight };
  });
  const store = new FoldersStore('local', folders);
  await store.writeIdentity(UUID);
  const holders = async (key: string) => {
    const has = await Promise.all(
      folders.map((folder) =>
        folder.store.stat(key).then(
          () => true,
          () => false,
        ),
      ),
    );
    return has.flatMap((is, index) => (is ? index : []));
  };
  return { store, folders: folders.map((folder) => folder.store), roots, holders };
}

describe('a store of several folders', () => {
  it.each([
    [
      'the greatest weight',
      [
        [10, 1],
        [5, 7],
        [20, 2],
      ],
      3,
      1,
    ],
    [
      'the most room among equals',
      [
        [10, 1],
        [20, 1],
        [15, 1],
      ],
      3,
      1,
    ],
    [
      'where it fits',
      [
        [2, 9],
        [10, 1],
        [30, 0],
      ],
      3,
      1,
    ],
    [
      'the first when all are alike',
      [
        [10, 0],
        [10, 0],
      ],
      3,
      0,
    ],
  ] as const)('puts a new blob in %s', async (_, of, size, expected) => {
    const { store, holders } = await foldersOf(...of.map(([free, weight]) => ({ free, weight })));
    await writeBlob(store, 'aa/x', bytesOf(size));
    expect(await holders('aa/x')).toEqual([expected]);
  });

  it('is full when it fits nowhere, though it would in all together', async () => {
    const { store } = await foldersOf({ free: 5, weight: 0 }, { free: 6, weight: 0 });
    await expect(store.begin('aa/x', { size: 7 })).rejects.toMatchObject({ code: 'no_space' });
    expect(await store.freeBytes()).toBe(6);
    expect(await entriesOf(store)).toEqual([]);
  });

  it('finds, lists, resumes and removes in any folder', async () => {
    const { store, folders } = await foldersOf({ free: 9, weight: 1 }, { free: 9, weight: 0 });
    const bytes = Buffer.from(bytesOf(100));
    for (const [index, folder] of folders.entries()) await writeBlob(folder, `aa/${index}`, bytes);
    const unfinished = await folders[1]?.begin('aa/2');
    await unfinished?.detach();
    expect((await readBlob(store, 'aa/1')).equals(bytes)).toBe(true);
    expect((await entriesOf(store)).map(({ key }) => key)).toEqual(['aa/0', 'aa/1', 'aa/2']);
    const resumed = await store.resume('aa/2', unfinished?.session ?? '');
    await resumed.commit(await putAll(resumed, bytes), { size: 100 });
    expect((await readBlob(store, 'aa/2')).equals(bytes)).toBe(true);
    await expect(store.begin('aa/1')).rejects.toMatchObject({ code: 'conflict' });
    for (const key of ['aa/0', 'aa/1', 'aa/2']) await store.remove(key);
    expect(await entriesOf(store)).toEqual([]);
  });

  it('acknowledges no second blob of a key in another folder', async () => {
    const { store, folders, holders } = await foldersOf(
      { free: 9, weight: 1 },
      { free: 9, weight: 0 },
    );
    const conflict = { code: 'conflict' };
    const before = await store.begin('aa/x');
    await writeBlob(folders[1] ?? store, 'aa/x', bytesOf(1));
    await expect(before.commit([], { size: 0 })).rejects.toMatchObject(conflict);
    await before.abort();
    expect(await holders('aa/x')).toEqual([1]);

    // Between the look and the link.
    const during = await store.begin('aa/y');
    const other = folders[1] ?? store;
    const stat = vi.spyOn(other, 'stat').mockImplementationOnce(async () => {
      await writeBlob(other, 'aa/y', bytesOf(1));
      throw new AppError('not_found');
    });
    await expect(during.commit([], { size: 0 })).rejects.toMatchObject(conflict);
    stat.mockRestore();
    await during.abort();
    expect(await holders('aa/y')).toEqual([1]);
  });

  it('is unavailable while one folder is away, and says of no blob that it is missing', async () => {
    const { store, roots, folders } = await foldersOf(
      { free: 9, weight: 1 },
      { free: 9, weight: 0 },
    );
    await writeBlob(folders[1] ?? store, 'aa/x', bytesOf(10));
    const away = `${roots[1]}.away`;
    renameSync(roots[1] ?? '', away);
    const unavailable = { code: 'unavailable' };
    await expect(store.readIdentity()).rejects.toMatchObject(unavailable);
    await expect(store.stat('aa/x')).rejects.toMatchObject(unavailable);
    await expect(store.open('aa/x')).rejects.toMatchObject(unavailable);
    await expect(store.begin('aa/new')).rejects.toMatchObject(unavailable);
    await expect(store.remove('aa/x')).rejects.toMatchObject(unavailable);
    await expect(entriesOf(store)).rejects.toMatchObject(unavailable);
    renameSync(away, roots[1] ?? '');
    expect(await store.readIdentity()).toBe(UUID);
    expect((await store.stat('aa/x')).size).toBe(10);
  });

  it('has no identity while a folder is the empty one under a mount', async () => {
    const { store, roots } = await foldersOf({ free: 9, weight: 0 }, { free: 9, weight: 0 });
    rmSync(join(roots[0] ?? '', '.parallax-store'));
    expect(await store.readIdentity()).toBeUndefined();
    await expect(store.begin('aa/x')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('the configuration', () => {
  it.each([
    ['path', {}],
    ['path', { path: '/a', paths: [{ path: '/b' }] }],
    ['paths.1.path', { paths: [{ path: '/a' }, { path: '/a/b/' }] }],
    ['paths.0.path', { paths: [{ path: '/a/' }, { path: '/a' }] }],
    ['paths', { paths: [] }],
    ['paths.0.path', { paths: [{ path: 'relative' }] }],
    ['file_mode', { path: '/a', file_mode: '0888' }],
    ['file_mode', { path: '/a', file_mode: '0440' }],
  ])('refuses a bad %s', (field, input) => {
    expect(() => parseFileConfig(input)).toThrow(
      expect.objectContaining({ code: 'invalid_request', context: { field } }),
    );
  });

  it('gives new files their mode, whatever the umask', async () => {
    const root = join(base, newName());
    const config = parseFileConfig({ path: `${root}/`, file_mode: '0666' });
    const store = await fileDriver.create('local', config);
    await store.writeIdentity(UUID);
    await writeBlob(store, 'aa/x', bytesOf(1));
    expect(statSync(join(root, 'aa/x')).mode & 0o777).toBe(0o666);
    chmodSync(join(root, 'aa/x'), 0o600);
    await store.remove('aa/x');
  });
});
