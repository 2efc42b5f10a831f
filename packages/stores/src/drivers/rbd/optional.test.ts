import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rbdDriver } from './driver.ts';

const CHILD = fileURLToPath(new URL('../../ceph/child', import.meta.url));
const config = rbdDriver.parseConfig({ pool: 'images', user: 'glance', ceph_conf: '/nowhere' });

/** For a few processes on a slow machine. */
const START_MS = 60_000;

/** The child's files where no package is installed. */
const bare = vi.hoisted(() => ({ folder: '' }));
vi.mock(import('node:child_process'), async (original) => {
  const real = await original();
  const spawn = (file: string, _script: readonly string[], o: object) =>
    real.spawn(file, [join(bare.folder, 'main.js')], o);
  return { ...real, spawn: spawn as typeof real.spawn };
});

beforeEach(async () => {
  bare.folder = await mkdtemp(join(tmpdir(), 'parallax-bare-'));
  await cp(CHILD, bare.folder, { recursive: true });
  await writeFile(join(bare.folder, 'package.json'), '{"type":"module"}');
});
afterEach(() => rm(bare.folder, { recursive: true }));

it(
  'opens without koffi, and says at every use what to install',
  async () => {
    const store = await rbdDriver.create('rbd', config);
    for (let calls = 0; calls < 2; calls += 1) {
      await expect(store.stat('x')).rejects.toMatchObject({
        code: 'unavailable',
        message: 'stores of kind rbd need the npm package koffi, which is not installed',
      });
    }
    await store.close();
  },
  START_MS,
);

it(
  'says which packages hold librbd where they are missing',
  async () => {
    const koffi = join(bare.folder, 'node_modules', 'koffi');
    await mkdir(koffi, { recursive: true });
    await writeFile(join(koffi, 'package.json'), '{"main":"index.js"}');
    const missing = `load() { throw new Error('librados.so.2: no such file'); }`;
    await writeFile(
      join(koffi, 'index.js'),
      `module.exports = { config() {}, opaque() {}, pointer() {}, ${missing} };`,
    );
    const store = await rbdDriver.create('rbd', config);
    await expect(store.readIdentity()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'install librbd1 and librados2 of Ceph 16 or later (packages librbd1, librados2)',
    });
    await store.close();
  },
  START_MS,
);
