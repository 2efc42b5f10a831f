import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

it('loses a region and gets it back, and leaves nothing behind', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parallax-demo-test-'));
  try {
    const image = join(folder, 'small.img');
    // No signature of a partition table, which would not be one.
    await writeFile(image, randomBytes(3 * 1024 * 1024 + 17).fill(0, 510, 512));
    const env = { ...process.env, TMPDIR: folder, REDIS_URL: 'redis://127.0.0.1:1' };
    const { stdout } = await run(process.execPath, [MAIN, 'demo', '--image', image], { env });
    const told = stdout.slice(stdout.indexOf('What happened:')).trim().split('\n');
    expect(told).toHaveLength(11);
    for (const region of ['east', 'west', 'north']) {
      expect(stdout).toContain(`downloaded through ${region}: sha512`);
    }
    expect(stdout).toMatch(/-> east-\d .*succeeded/);
    expect(await readdir(folder)).toEqual(['small.img']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
