import { randomUUID } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore, labService } from '../../testing/index.ts';
import { dropContainers, openLab } from './lab.fixture.ts';

describe.skipIf(labService('swift') === undefined)('swift', () => {
  const base = `suite-${randomUUID()}`;
  let missing = 0;
  afterAll(() => dropContainers(base));

  // Without layers it runs the suite behind Keystone's auth.
  const layers = standardLayers({
    telemetry: { call: () => {}, bytes: () => {} },
    stallMs: 20_000,
    calls: 8,
  });
  describeStore('swift in its layers', {
    create: async () => layers(await openLab(`${base}-suite`)),
    createMissing: async () => {
      missing += 1;
      return layers(await openLab(`${base}-missing-${missing}`));
    },
    memoryBytes: 160 * 2 ** 20,
  });
});
