import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
/** Each runs a program of its own choice, with its own arguments: the embedded database, our own processes, the demo. */
const RUN_PROGRAMS = [
  'apps/cli/src/demo/boot-image.ts',
  'apps/cli/src/demo/client.ts',
  'apps/cli/src/up/child.ts',
  'packages/catalog/src/embedded/account.ts',
  'packages/catalog/src/embedded/cluster.ts',
  'packages/catalog/src/embedded/guard.ts',
  'packages/catalog/src/embedded/launch.ts',
  'packages/catalog/src/embedded/postmaster.ts',
  'packages/stores/src/drivers/rbd/process.ts',
];

async function sources(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ['apps', 'packages']) {
    const files = await readdir(new URL(folder, ROOT), { recursive: true });
    for (const file of files) {
      const path = `${folder}/${file}`;
      if (!/^[^/]+\/[^/]+\/src\/.*\.(?:m?[jt]s)$/.test(path)) continue;
      if (/\.(?:[il]?test|fixture)\.ts$|\/testing\//.test(path)) continue;
      found.set(path, await readFile(new URL(path, ROOT), 'utf8'));
    }
  }
  return found;
}

it('runs no program but those of the operator: no image, name or URL of a user comes to one', async () => {
  const running = [...(await sources())]
    .filter(([, text]) => /child_process/.test(text))
    .map(([path]) => path);
  expect(running.sort()).toEqual(RUN_PROGRAMS);
});

it('gives a shell constants only, and those in the embedded database alone', async () => {
  const all = await sources();
  const shells = [...all].filter(([, text]) => /\bshell:|\/bin\/(?:ba)?sh\b/.test(text));
  expect(shells.map(([path]) => path)).toEqual([
    'packages/catalog/src/embedded/account.ts',
    'packages/catalog/src/embedded/guard.ts',
  ]);
  for (const [, text] of shells) {
    expect(text).not.toMatch(/\bshell:/);
    const lines = [...text.matchAll(/'-c',\s*([^,\]]+)/g)].map(([, line = '']) => line);
    for (const line of lines) expect(isConstant(line, text)).toBe(true);
    expect(lines.length).toBeGreaterThan(0);
  }
  for (const path of RUN_PROGRAMS) expect(all.get(path)).not.toMatch(/\bexec(?:Sync)?\(/);
});

/** A text with nothing put into it, or the name of one. */
function isConstant(line: string, source: string): boolean {
  const text = /^[`']/.test(line) ? `${line};` : (source.split(`\nconst ${line} =`)[1] ?? '');
  return /^\s*(?:`(?:(?!\$\{)[^`])*`|'[^'\n]*');/.test(text);
}

it('asks no qemu-img what an image is: the demo alone runs it, on a disk that it made, as raw', async () => {
  const users = [...(await sources())].filter(([, text]) => /['"`]qemu-img['"`]/.test(text));
  expect(users.map(([path]) => path)).toEqual(['apps/cli/src/demo/boot-image.ts']);
  expect(users[0]?.[1]).toContain("['convert', '-f', 'raw',");
});
