import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInspector, type FoundFormat } from './inspector.ts';
import { HOSTILE, makeRaw, SAFE } from './testing/index.ts';

const run = promisify(execFile);

function isInstalled(): boolean {
  try {
    execFileSync('qemu-img', ['--version']);
    return true;
  } catch {
    return false;
  }
}

const MIB = 1 << 20;
/** How qemu calls a format; the others it takes for raw. */
const DRIVERS: Readonly<Record<string, string>> = {
  qcow2: 'qcow2',
  vhd: 'vpc',
  vhdx: 'vhdx',
  vmdk: 'vmdk',
  vdi: 'vdi',
  qed: 'qed',
  luks: 'luks',
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parallax-formats-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Info {
  readonly format: string;
  readonly 'virtual-size': number;
}

async function ask(bytes: Uint8Array, ...options: readonly string[]): Promise<Info> {
  const file = join(folder, 'sample');
  await writeFile(file, bytes);
  const { stdout } = await run('qemu-img', ['info', '--output', 'json', ...options, file]);
  return JSON.parse(stdout) as Info;
}

function inspect(bytes: Uint8Array): readonly FoundFormat[] {
  const inspector = createInspector();
  for (let at = 0; at < bytes.length; at += MIB) inspector.write(bytes.subarray(at, at + MIB));
  return inspector.end().formats;
}

async function made(name: string, ...options: readonly string[]): Promise<Uint8Array> {
  const file = join(folder, name);
  await run('qemu-img', ['create', '-q', ...options, file, '8M']);
  return readFile(file);
}

async function converted(name: string, ...options: readonly string[]): Promise<Uint8Array> {
  const raw = join(folder, 'disk.raw');
  await writeFile(raw, makeRaw(8 * MIB));
  const file = join(folder, name);
  await run('qemu-img', ['convert', '-q', '-f', 'raw', ...options, raw, file]);
  return readFile(file);
}

if (isInstalled()) {
  describe('qemu-img', () => {
    // Its LUKS is version 1 only, and a fixed VHD is raw to it until it is told.
    const known = SAFE.filter(({ name }) => name !== 'LUKS 2');
    it.each(known)('sees the same disk in $name', async ({ format, virtualSize, make }) => {
      const bytes = make();
      const driver = DRIVERS[format] ?? 'raw';
      const info = await ask(bytes, '-f', driver);
      const shown = driver === 'raw' ? bytes.length : virtualSize;
      expect(info).toMatchObject({ format: driver, 'virtual-size': shown });
    });

    it.each(SAFE)('guesses no other format for $name', async ({ format, name, make }) => {
      const { format: guess } = await ask(make());
      const hidden = name.startsWith('fixed VHD') || name === 'LUKS 2';
      expect(guess).toBe(hidden ? 'raw' : (DRIVERS[format] ?? 'raw'));
    });

    it('takes for VMDK every hostile text that is refused as one', async () => {
      for (const { make } of HOSTILE.filter(({ check }) => check === 'create_type')) {
        const text = Buffer.from(make()).toString('latin1');
        const isFirst = text.startsWith('#') && text.includes('version=1');
        if (!isFirst) continue;
        const failed = await ask(make()).then(
          ({ format }) => format,
          (error: unknown) => `${error}`,
        );
        expect(failed).toMatch(/^vmdk$|Unsupported image type/);
      }
    });

    // No encrypted ones: making a key measures CPU time, which fails on a busy machine.
    it.each([
      ['qcow2', 'qcow2', []],
      ['qcow2', 'qcow2', ['-o', 'compat=0.10']],
      ['qcow2', 'qcow2', ['-o', 'cluster_size=2M,extended_l2=on']],
      ['qcow2', 'qcow2', ['-o', 'compression_type=zstd']],
      ['qcow2', 'qcow2', ['-o', 'preallocation=metadata,lazy_refcounts=on']],
      ['vhd', 'vpc', ['-o', 'force_size=on']],
      ['vhd', 'vpc', ['-o', 'subformat=fixed,force_size=on']],
      ['vhdx', 'vhdx', []],
      ['vhdx', 'vhdx', ['-o', 'subformat=fixed']],
      ['vmdk', 'vmdk', []],
      ['vmdk', 'vmdk', ['-o', 'subformat=streamOptimized']],
      ['vdi', 'vdi', []],
      ['vdi', 'vdi', ['-o', 'static=on']],
    ])('makes a %s that is recognised: %s %j', async (format, driver, options) => {
      const bytes = await made('made', '-f', driver, ...options);
      expect(inspect(bytes)).toMatchObject([{ format, virtualSize: 8 * MIB, failures: [] }]);
    });

    it.each([
      ['qcow2', 'qcow2', ['-c']],
      ['vhd', 'vpc', ['-o', 'force_size=on']],
      ['vhd', 'vpc', ['-o', 'subformat=fixed,force_size=on']],
      ['vhdx', 'vhdx', []],
      ['vmdk', 'vmdk', []],
      ['vmdk', 'vmdk', ['-o', 'subformat=streamOptimized']],
      ['vdi', 'vdi', []],
    ])('converts a disk into a %s that is recognised: %s %j', async (format, driver, options) => {
      const bytes = await converted('converted', '-O', driver, ...options);
      expect(inspect(bytes)).toMatchObject([{ format, virtualSize: 8 * MIB, failures: [] }]);
    });

    it('makes images that name other files, and they are refused', async () => {
      const base = join(folder, 'base');
      await writeFile(base, makeRaw(8 * MIB));
      const backed = await made('backed', '-f', 'qcow2', '-b', base, '-F', 'raw');
      const split = await made('split', '-f', 'qcow2', '-o', `data_file=${join(folder, 'data')}`);
      const checks = [backed, split].map((bytes) =>
        inspect(bytes)[0]?.failures.map(({ check }) => check),
      );
      expect(checks).toEqual([
        ['backing_file', 'backing_file'],
        ['data_file', 'data_file'],
      ]);
      for (const subformat of ['monolithicFlat', 'twoGbMaxExtentSparse', 'twoGbMaxExtentFlat']) {
        const bytes = await made(`${subformat}.vmdk`, '-f', 'vmdk', '-o', `subformat=${subformat}`);
        expect(inspect(bytes)).toMatchObject([
          { format: 'vmdk', failures: [{ check: 'create_type' }] },
        ]);
      }
      const child = await made('child', '-f', 'vmdk', '-b', await vmdkBase(), '-F', 'vmdk');
      expect(inspect(child)[0]?.failures).toMatchObject([{ check: 'parent' }]);
      const qed = await made('qed', '-f', 'qed');
      expect(inspect(qed)).toMatchObject([{ format: 'qed', failures: [{ check: 'banned' }] }]);
    });
  });
}

async function vmdkBase(): Promise<string> {
  await made('base.vmdk', '-f', 'vmdk');
  return join(folder, 'base.vmdk');
}
