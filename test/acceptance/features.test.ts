import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FEATURES, type Feature } from './features.ts';

const ROOT = new URL('../../', import.meta.url);
const all = Object.values(FEATURES).flat();
const proofs = all.flatMap(({ proof }) => ('file' in proof ? proof : []));

it.each(proofs)('$file has the test that is named: $title', async ({ file, title }) => {
  const source = await readFile(new URL(file, ROOT), 'utf8');
  const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``];
  expect(quoted.some((text) => source.includes(text))).toBe(true);
});

it('names every capability once', () => {
  const names = all.map(({ capability }) => capability);
  expect(names).toHaveLength(new Set(names).size);
});

it('is what README.md says; `vitest -u` writes it anew', async () => {
  await expect(readme()).toMatchFileSnapshot('README.md');
});

function readme(): string {
  const groups = Object.entries(FEATURES).map(
    ([group, features]) => `## ${group}\n\n${features.map(line).join('')}`,
  );
  return `# What Glance does, and its proof

Made from \`features.ts\` by \`features.test.ts\`, which fails when a test named here is not there.
${proofs.length} of ${all.length} are proved; the others are to come.

${groups.join('\n')}`;
}

function line({ capability, mark, proof }: Feature): string {
  if (!('file' in proof))
    return `- ${capability} (${mark}): to come, waits for ${proof.waitsFor}\n`;
  return `- ${capability} (${mark}): \`${proof.file}\`, "${proof.title}"\n`;
}
