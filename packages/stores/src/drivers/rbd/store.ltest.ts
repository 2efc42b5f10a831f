import { randomUUID } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore, labService } from '../../testing/index.ts';
import { dropNamespace, openLab } from './lab.fixture.ts';

describe.skipIf(labService('ceph') === undefined)('rbd', () => {
  const base = `suite-${randomUUID()}`;
  const used = new Set<string>();
  const open = (name: string) => {
    used.add(`${base}-${name}`);
    return openLab(`${base}-${name}`);
  };
  const openMissing = () => open(`missing-${used.size}`);
  afterAll(async () => {
    for (const namespace of used) await dropNamespace(namespace);
  });

  // A rename in RBD is several steps: of two commits of one key at the same time both may be told that they won. Keys are of attempts,
  // so nobody makes them.
  const atomicCommit = false;
  describeStore('rbd', {
    create: () => open('bare'),
    createMissing: openMissing,
    atomicCommit,
  });
  const layers = standardLayers({
    telemetry: { call: () => {}, bytes: () => {} },
    stallMs: 20_000,
  });
  describeStore('rbd in its layers', {
    create: async () => layers(await open('layered')),
    createMissing: async () => layers(await openMissing()),
    atomicCommit,
  });
});
