import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claim, runningUrl } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parallax-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('names the process and address of the one that runs, until that gives it back', async () => {
  const path = join(folder, 'up.json');
  const release = await claim(path, 'http://127.0.0.1:1');
  const second = claim(path, 'http://127.0.0.1:2');
  await expect(second).rejects.toThrow(
    `running already: http://127.0.0.1:1 (process ${process.pid})`,
  );
  expect(await runningUrl(path)).toBe('http://127.0.0.1:1');
  await release();
  expect(await runningUrl(path)).toBeUndefined();
  await (await claim(path, 'http://127.0.0.1:3'))();
});

it('takes over from a killed process, also when its id is taken again, and from a broken file', async () => {
  const path = join(folder, 'up.json');
  const dead = [
    JSON.stringify({ pid: 2 ** 30, identity: '1', url: 'x' }),
    JSON.stringify({ pid: process.pid, identity: 'started at another time', url: 'x' }),
    '{',
    '',
  ];
  for (const text of dead) {
    await writeFile(path, text);
    const release = await claim(path, 'http://127.0.0.1:4');
    expect(await readFile(path, 'utf8')).toContain('http://127.0.0.1:4');
    await release();
  }
});

it('lets only one of many win', async () => {
  const path = join(folder, 'up.json');
  await writeFile(path, JSON.stringify({ pid: 2 ** 30, identity: '1', url: 'x' }));
  const won = await Promise.allSettled(Array.from({ length: 8 }, () => claim(path, 'http://x')));
  expect(won.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
