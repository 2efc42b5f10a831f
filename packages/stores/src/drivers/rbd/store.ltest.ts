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

  // A rename in RBD is several steps: of two commits of one key at the same time both may be told that they won. Keys are of attempts,
  // so nobody makes them.
  describeStore('rbd', {
    create: () => open('suite'),
    createMissing: () => open(`missing-${used.size}`),
    atomicCommit: false,
  });
});
