import { randomBytes } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore } from '../../testing/index.ts';
import { dropBucket, type LabName, labConfig, openLab } from './lab.fixture.ts';

const run = randomBytes(4).toString('hex');
const layers = standardLayers({ telemetry: { call: () => {}, bytes: () => {} }, stallMs: 30_000 });

for (const { name, inLayers } of [
  { name: 'east', inLayers: true },
  { name: 'swift', inLayers: false },
] satisfies { name: LabName; inLayers: boolean }[]) {
  describe.skipIf(labConfig(name, 'unused') === undefined)(`the lab's ${name}`, () => {
    const buckets: string[] = [];
    const newBucket = () => {
      const bucket = `suite-${run}-${name}-${buckets.length}`;
      buckets.push(bucket);
      return bucket;
    };
    const open = async (bucket: string) => {
      const store = await openLab(labConfig(name, bucket));
      return inLayers ? layers(store) : store;
    };
    afterAll(async () => {
      for (const bucket of buckets) await dropBucket(labConfig(name, bucket));
    });

    // None of the lab's servers refuses to complete an upload of a key that exists: two commits in one moment can both be made.
    const bucket = newBucket();
    describeStore(`s3 at ${name}${inLayers ? ', in its layers' : ''}`, {
      atomicCommit: false,
      create: () => open(bucket),
      createMissing: () => open(newBucket()),
    });
  });
}
