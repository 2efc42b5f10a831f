import { randomUUID } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore, labService } from '../../testing/index.ts';
import { dropContainers, openLab } from './lab.fixture.ts';

describe.skipIf(labService('swift') === undefined)('swift', () => {
  const base = `suite-${randomUUID()}`;
  let missing = 0;
  const openMissing = () => {
    missing += 1;
    return openLab(`${base}-missing-${missing}`);
  };
  afterAll(() => dropContainers(base));

  describeStore('swift', {
    create: () => openLab(`${base}-bare`),
    createMissing: openMissing,
    memoryBytes: 160 * 2 ** 20,
  });
  const layers = standardLayers({
    telemetry: { call: () => {}, bytes: () => {} },
    stallMs: 20_000,
    calls: 8,
  });
  describeStore('swift in its layers', {
    create: async () => layers(await openLab(`${base}-layered`)),
    createMissing: async () => layers(await openMissing()),
    memoryBytes: 160 * 2 ** 20,
  });
});
