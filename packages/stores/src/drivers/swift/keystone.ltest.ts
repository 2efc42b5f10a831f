import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { describeStore, labService } from '../../testing/index.ts';
import { bytesOf, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { parseSwiftConfig } from './config.ts';
import { swiftDriver } from './driver.ts';
import { dropContainers } from './lab.fixture.ts';

const lab = labService('swift-keystone');
const base = `keystone-${randomUUID()}`;
const PASSWORD = {
  username: lab?.['SWIFT_USERNAME'],
  password: lab?.['SWIFT_PASSWORD'],
  project_name: lab?.['SWIFT_PROJECT'],
};

function config(container: string, other: object = {}) {
  return parseSwiftConfig({
    auth_url: lab?.['SWIFT_AUTH_URL'],
    region_name: lab?.['SWIFT_REGION'],
    credentials: PASSWORD,
    container,
    ...other,
  });
}

describe.skipIf(lab === undefined)('swift that knows people by Keystone', () => {
  afterAll(() => dropContainers(base, config('unused')));

  describeStore('swift with keystone', {
    create: () => swiftDriver.create('swift', config(`${base}-suite`)),
    memoryBytes: 160 * 2 ** 20,
  });

  it('takes an application credential', async () => {
    const credentials = {
      application_credential_id: lab?.['SWIFT_APP_ID'],
      application_credential_secret: lab?.['SWIFT_APP_SECRET'],
    };
    const store = await swiftDriver.create('swift', config(`${base}-app`, { credentials }));
    await store.writeIdentity(randomUUID());
    const bytes = Buffer.from(bytesOf(1000));
    await writeBlob(store, 'aa/x', bytes);
    expect((await readBlob(store, 'aa/x')).equals(bytes)).toBe(true);
    await store.remove('aa/x');
    await store.close();
  });

  it('finds no store in a region without one, and says so', async () => {
    const store = await swiftDriver.create('swift', config(base, { region_name: 'Nowhere' }));
    await expect(store.stat('aa/x')).rejects.toMatchObject({
      code: 'store_failed',
      message: /no such object-store endpoint/,
    });
    await store.close();
  });
});
