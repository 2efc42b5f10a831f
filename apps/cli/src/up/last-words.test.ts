import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastWords } from './last-words.ts';

it('tells errors and foreign lines of this run, and nothing of the runs before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parallax-words-'));
  const path = join(folder, 'gateway.log');
  const before = 'an old disaster\n';
  const lines = [
    '{"level":"info","msg":"starting"}',
    '{"level":"error","msg":"the gateway cannot start","err":{"message":"no such store","stack":"..."}}',
    'Segmentation fault',
    '{"broken',
  ];
  await writeFile(path, `${before}${lines.join('\n')}\n`);
  const words = await lastWords(path, before.length);
  await rm(folder, { recursive: true });
  expect(words.split('\n')).toEqual([
    'the gateway cannot start: no such store',
    'Segmentation fault',
    '{"broken',
  ]);
});
