import { randomBytes } from 'node:crypto';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore } from '../../testing/index.ts';
import { dropBucket, type LabName, labConfig, openLab } from './lab.fixture.ts';

const run = randomBytes(4).toString('hex');
const layers = standardLayers({ telemetry: { call: () => {}, bytes: () => {} }, stallMs: 30_000 });

/** None of the lab's servers refuses to complete an upload of a key that exists, so two commits in one moment can both be made. */
const options = { atomicCommit: false };

for (const name of ['east', 'swift'] satisfies LabName[]) {
  describe.skipIf(labConfig(name, 'unused') === undefined)(`the lab's ${name}`, () => {
    const buckets: string[] = [];
    const newBucket = () => {
      const bucket = `suite-${run}-${name}-${buckets.length}`;
      buckets.push(bucket);
      return bucket;
    };
    afterAll(async () => {
      for (const bucket of buckets) await dropBucket(labConfig(name, bucket));
    });

    const bare = newBucket();
    describeStore(`s3 at ${name}`, {
      ...options,
      create: () => openLab(labConfig(name, bare)),
      createMissing: () => openLab(labConfig(name, newBucket())),
    });
    const layered = newBucket();
    describeStore(`s3 at ${name} in its layers`, {
      ...options,
      create: async () => layers(await openLab(labConfig(name, layered))),
      createMissing: async () => layers(await openLab(labConfig(name, newBucket()))),
    });
  });
}
