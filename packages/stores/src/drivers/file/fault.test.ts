import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHUNK_BYTES } from '@parallax/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, caseIf, entriesOf, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { runChild } from './child.fixture.ts';
import { FileStore } from './store.ts';

const KEY = 'aa/image.1';
const isRoot = process.getuid?.() === 0;
const hasStrace = spawnSync('strace', ['-f', '-qq', 'true']).status === 0;
const canMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;
let base = '';
let root = '';
let store = new FileStore('local', root);

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'parallax-fault-'));
  root = join(base, 'root');
  store = new FileStore('local', root);
  await store.writeIdentity(randomUUID());
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe('a place that goes away', () => {
  it('is not made again by a write when its root was deleted', async () => {
    const writer = await store.begin(KEY);
    await writer.writeAt?.(0, [bytesOf(10)]);
    await rm(root, { recursive: true });
    const unavailable = { code: 'unavailable' };
    await expect(writer.commit([], { size: 10 })).rejects.toMatchObject(unavailable);
    await expect(writer.abort()).rejects.toMatchObject(unavailable);
    await expect(store.begin(KEY)).rejects.toMatchObject(unavailable);
    await expect(store.stat(KEY)).rejects.toMatchObject(unavailable);
    await expect(store.readIdentity()).rejects.toMatchObject(unavailable);
    await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is unavailable while only its empty mount point is there', async () => {
    await writeBlob(store, KEY, bytesOf(10));
    await rename(root, join(base, 'disk'));
    await mkdir(root);
    const unavailable = { code: 'unavailable' };
    await expect(store.begin(KEY)).rejects.toMatchObject(unavailable);
    await expect(store.open(KEY)).rejects.toMatchObject(unavailable);
    await expect(store.remove(KEY)).rejects.toMatchObject(unavailable);
    await expect(entriesOf(store)).rejects.toMatchObject(unavailable);
    expect(await store.readIdentity()).toBeUndefined();
    expect(await readdir(root)).toEqual([]);
  });

  it('loses a write whose folder was deleted, and takes the next one', async () => {
    const writer = await store.begin(KEY);
    await writer.writeAt?.(0, [bytesOf(10)]);
    await rm(join(root, 'aa'), { recursive: true });
    await expect(writer.commit([], { size: 10 })).rejects.toMatchObject({ code: 'store_failed' });
    await writer.abort();
    await writeBlob(store, KEY, bytesOf(10));
    expect((await store.stat(KEY)).size).toBe(10);
  });

  it('reads on from a blob that was removed', async () => {
    await writeBlob(store, KEY, bytesOf(10));
    const handle = await store.openAt(KEY);
    await store.remove(KEY);
    expect(await handle.read(new Uint8Array(10), 0)).toBe(10);
    await handle.close();
  });
});

describe('what is no blob', () => {
  it('is not followed, opened or listed', async () => {
    await writeFile(join(base, 'secret'), 'secret');
    await mkdir(join(root, 'aa/folder'), { recursive: true });
    await symlink(join(base, 'secret'), join(root, 'aa/link'));
    await symlink(base, join(root, 'out'));
    execFileSync('mkfifo', [join(root, 'aa/fifo')]);
    for (const key of ['aa/link', 'out/secret', 'aa/folder', 'aa/fifo', 'aa/link/x']) {
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
      await expect(store.open(key)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(store.begin('out/new')).rejects.toMatchObject({ code: 'store_failed' });
    await store.remove('out/secret');
    expect(await readFile(join(base, 'secret'), 'utf8')).toBe('secret');
    expect(await entriesOf(store)).toEqual([]);
  });
});

describe('the disk itself', () => {
  it('keeps holes as holes', async () => {
    const writer = await store.begin(KEY);
    await writer.hole?.(0, 4 * CHUNK_BYTES);
    await writer.writeAt?.(4 * CHUNK_BYTES, [bytesOf(4096)]);
    await writer.hole?.(4 * CHUNK_BYTES + 4096, CHUNK_BYTES);
    await writer.hole?.(CHUNK_BYTES, CHUNK_BYTES);
    await writer.commit([], { size: 5 * CHUNK_BYTES + 4096 });
    const { blocks } = await stat(join(root, KEY));
    expect(blocks * 512).toBeLessThan(64 * 1024);
  });

  // Root may write everywhere; what is refused to it is injected below.
  caseIf(!isRoot)('says that it could not in a folder that takes no writes', async () => {
    await mkdir(join(root, 'aa'), { mode: 0o555 });
    await expect(store.begin(KEY)).rejects.toMatchObject({ code: 'store_failed' });
    await chmod(join(root, 'aa'), 0o755);
  });

  it.runIf(canMount)(
    'says no_space when it is full or read-only, and is clean afterwards',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
      try {
        await store.writeIdentity(randomUUID());
        const writer = await store.begin(KEY);
        await expect(writer.put(0, [bytesOf(CHUNK_BYTES)])).rejects.toMatchObject({
          code: 'no_space',
        });
        await writer.abort();
        expect(await entriesOf(store)).toEqual([]);
        const bytes = bytesOf(2_000_000);
        await writeBlob(store, KEY, bytes);
        expect((await readBlob(store, KEY)).equals(bytes)).toBe(true);
        const open = await store.begin('aa/image.2');
        await open.detach();
        execFileSync('mount', ['-o', 'remount,ro', root]);
        await expect(store.begin('aa/image.3')).rejects.toMatchObject({ code: 'store_failed' });
        await expect(store.remove(KEY)).rejects.toMatchObject({ code: 'store_failed' });
        expect((await readBlob(store, KEY)).equals(bytes)).toBe(true);
      } finally {
        execFileSync('umount', [root]);
      }
    },
  );
});

describe('errors of system calls, injected', () => {
  // strace counts per thread, so the child gets one thread for files.
  const inject = (what: string) =>
    ['env', 'UV_THREADPOOL_SIZE=1', 'strace', '-f', '-qq']
      .concat('-e', `trace=${what.split(':')[0]}`)
      .concat('-e', `inject=${what}`);

  // In order: the new folder's parent, the file, the folder with the link, the folder without the hidden name.
  it.runIf(hasStrace).each([1, 2, 3, 4])(
    'fails and leaves nothing when sync %s fails',
    async (nth) => {
      const { outcome, errors } = await runChild(
        [root, KEY],
        inject(`fsync:error=EIO:when=${nth}`),
      );
      expect(outcome).toBe('store_failed');
      expect(errors.match(/INJECTED/g)).toHaveLength(1);
      expect(await entriesOf(store)).toEqual([]);
      await writeBlob(store, KEY, bytesOf(10));
    },
  );

  it.runIf(hasStrace).each([
    ['sync', 'fdatasync:error=EIO:when=1', 'store_failed'],
    ['sync', 'fdatasync:error=ENOSPC:when=1', 'no_space'],
    ['commit', 'fsync:error=EDQUOT:when=2', 'no_space'],
    ['commit', 'fsync:error=EIO:when=2+', 'store_failed'],
    ['commit', 'link:error=EIO', 'store_failed'],
    ['commit', 'link:error=EACCES', 'store_failed'],
    ['commit', 'pwrite64:error=EIO', 'store_failed'],
  ])('%s with %s says %s', async (mode, what, code) => {
    const { outcome } = await runChild([root, KEY, '', mode], inject(what));
    expect(outcome).toBe(code);
    expect((await entriesOf(store)).filter((entry) => !entry.partial)).toEqual([]);
    await store.remove(KEY);
    expect(await entriesOf(store)).toEqual([]);
  });

  it.runIf(hasStrace)('says store_failed when the disk cannot be read', async () => {
    await writeBlob(store, KEY, bytesOf(3_000_000));
    const only = ['-P', join(root, KEY)];
    const strace = [...inject('pread64:error=EIO'), ...only];
    const { outcome } = await runChild([root, KEY, '', 'read'], strace);
    expect(outcome).toBe('store_failed');
  });

  it.runIf(hasStrace)('makes durable, then visible, then tidy, each before the next', async () => {
    const calls = 'trace=fsync,?link,?linkat,?unlink,?unlinkat';
    const { errors } = await runChild([root, KEY], ['strace', '-f', '-qq', '-y', '-e', calls]);
    const lines = errors.split('\n').filter((line) => line.includes(root));
    const order = lines.flatMap((line) => /(fsync|link|unlink)(?:at)?\((.*)/.exec(line)?.[1] ?? []);
    // The first is the new folder's name in the root.
    expect(order).toEqual(['fsync', 'fsync', 'link', 'fsync', 'unlink', 'fsync']);
    const synced = lines.filter((line) => line.includes('fsync('));
    expect(synced.map((line) => /<(.*?)>/.exec(line)?.[1])).toEqual([
      root,
      expect.stringMatching(/\/aa\/\.image\.1\.[0-9a-f]{32}\.part$/),
      join(root, 'aa'),
      join(root, 'aa'),
    ]);
  });

  it.runIf(hasStrace)('cuts off no write that overtakes the growth of the file', async () => {
    const late = ['strace', '-f', '-qq', '-e', 'trace=ftruncate'];
    late.push('-e', 'inject=ftruncate:delay_enter=200000');
    const { outcome } = await runChild([root, KEY, '', 'grow'], late);
    expect(outcome).toBe('ok');
  });
});
