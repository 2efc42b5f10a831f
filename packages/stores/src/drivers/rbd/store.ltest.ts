import { randomUUID } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { describeStore, labService } from '../../testing/index.ts';
import { dropNamespace, openLab } from './lab.fixture.ts';

describe.skipIf(labService('ceph') === undefined)('rbd', () => {
  const base = `suite-${randomUUID()}`;
  const used = new Set<string>();
  const open = (name: string) => {
    used.add(`${base}-${name}`);
    return openLab(`${base}-${name}`);
  };
  afterAll(async () => {
    for (const namespace of used) await dropNamespace(namespace);
  });

  describeStore('rbd', {
    create: () => open('suite'),
    createMissing: () => open(`missing-${used.size}`),
  });
});
