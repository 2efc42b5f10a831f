import { randomUUID } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore, labService } from '../../testing/index.ts';
import { dropVolumes, openLab } from './lab.fixture.ts';

describe.skipIf(labService('cinder') === undefined)('cinder', () => {
  const place = `suite-${randomUUID()}`;
  const layers = standardLayers({
    telemetry: { call: () => {}, bytes: () => {} },
    stallMs: 300_000,
  });
  afterAll(() => dropVolumes(place));
  // In its layers only, and side by side: a volume takes seconds to make.
  describeStore('cinder in its layers', {
    create: async () => layers(await openLab(place)),
    concurrent: true,
    // Cinder cannot look and mark in one step. Keys are of attempts, so nobody makes two commits of one.
    atomicCommit: false,
  });
});
