import { chmod, mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completeLinks } from './binaries.ts';

const NOBODY = 65_534;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parallax-links-'));
  await mkdir(join(folder, 'native/lib'), { recursive: true });
  await writeFile(join(folder, 'native/lib/libpq.so.5.18'), 'library');
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  await writeFile(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Root may write anywhere, so as root the work is done as nobody. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('completeLinks', () => {
  it('makes the links that the install script would have made, relative to their folder', async () => {
    await expect(completeLinks(folder, join(folder, 'unused'))).resolves.toBeUndefined();
    await expect(readlink(join(folder, 'native/lib/libpq.so.5'))).resolves.toBe('libpq.so.5.18');
  });

  it('is harmless when repeated, also by many at once', async () => {
    const all = Array.from({ length: 8 }, () => completeLinks(folder, join(folder, 'unused')));
    await expect(Promise.all(all)).resolves.toEqual(all.map(() => undefined));
    await expect(completeLinks(folder, join(folder, 'unused'))).resolves.toBeUndefined();
  });

  it('makes them in the other folder when the package cannot be written', async () => {
    const fallback = await mkdtemp(join(tmpdir(), 'parallax-links-fallback-'));
    try {
      await chmod(fallback, 0o777);
      await chmod(folder, 0o555);
      await chmod(join(folder, 'native/lib'), 0o555);
      const found = await unprivileged(() => completeLinks(folder, join(fallback, 'lib')));
      expect(found).toBe(join(fallback, 'lib'));
      await expect(readFile(join(fallback, 'lib/libpq.so.5'), 'utf8')).resolves.toBe('library');
    } finally {
      await chmod(folder, 0o755);
      await chmod(join(folder, 'native/lib'), 0o755);
      await rm(fallback, { recursive: true, force: true });
    }
  });

  it('has nothing to do in a package without a list', async () => {
    await rm(join(folder, 'native/pg-symlinks.json'));
    await expect(completeLinks(folder, join(folder, 'unused'))).resolves.toBeUndefined();
  });
});
