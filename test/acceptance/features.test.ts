import { expect, it } from 'vitest';
import type { Feature } from './features/feature.ts';
import { FEATURES } from './features/index.ts';
import { isThere, written } from './proofs.ts';

const all = Object.values(FEATURES).flat();
const proofs = all.flatMap(({ proof }) => ('file' in proof ? proof : []));

it.each(proofs)('$file has the test that is named: $title', async (proof) => {
  expect(await isThere(proof)).toBe(true);
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

Made from \`features/\` by \`features.test.ts\`, which fails when a test named here is not there.
${proofs.length} of ${all.length} are proved; the others are to come. What attacks and failures meet here is in
[THREATS.md](THREATS.md).

${groups.join('\n')}`;
}

function line({ capability, mark, proof }: Feature): string {
  const state = 'file' in proof ? written(proof) : `to come, waits for ${proof.waitsFor}`;
  return `- ${capability} (${mark}): ${state}\n`;
}
