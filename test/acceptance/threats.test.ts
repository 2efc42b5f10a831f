import { expect, it } from 'vitest';
import { isThere, written } from './proofs.ts';
import { THREATS } from './threats/index.ts';
import type { Threat } from './threats/threat.ts';

const all = Object.values(THREATS).flat();

it.each(all.flatMap(({ id, proofs }) => proofs.map((proof) => ({ id, ...proof }))))(
  '$id: $file has the test that is named: $title',
  async (proof) => {
    expect(await isThere(proof)).toBe(true);
  },
);

it('names every threat once, with a test or what it waits for', () => {
  const ids = all.map(({ id }) => id);
  expect(ids).toHaveLength(new Set(ids).size);
  const unmet = all.filter(({ proofs, waitsFor }) => proofs.length === 0 && waitsFor === undefined);
  expect(unmet).toEqual([]);
});

it('is what THREATS.md says; `vitest -u` writes it anew', async () => {
  await expect(table()).toMatchFileSnapshot('THREATS.md');
});

function table(): string {
  const open = all.filter(({ waitsFor }) => waitsFor !== undefined);
  const groups = Object.entries(THREATS).map(
    ([group, threats]) => `## ${group}\n\n${threats.map(entry).join('')}`,
  );
  return `# What attacks and failures meet here

Every advisory about an image service or its bytes, and what else such services were caught by. Made from \`threats/\` by
\`threats.test.ts\`, which fails when a test named here is not there. ${all.length} threats; ${open.length} of them concern parts
still to come as well.

${groups.join('\n')}`;
}

function entry({ id, threat, proofs, waitsFor }: Threat): string {
  const lines = [
    ...proofs.map((proof) => `  - ${written(proof)}\n`),
    ...(waitsFor === undefined ? [] : [`  - to come: ${waitsFor}\n`]),
  ];
  return `- **${id}**: ${threat}\n${lines.join('')}`;
}
