import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropAll } from '../support/all-kinds.ts';
import { Client } from '../support/client.ts';
import { expectSound } from '../support/expect-sound.ts';
import { testBytes } from '../support/glance-http.ts';
import { type LabStore, labRuns, rbdStore } from '../support/lab-stores.ts';
import { Stack } from '../support/stack.ts';
import { untilStoresUp } from '../support/stores-up.ts';
import { waitUntil } from '../support/wait-until.ts';

const COPY_MS = 60_000;

describe.skipIf(!labRuns)('a copy that the cluster makes (npm run lab)', () => {
  const bytes = testBytes(20 * 1024 * 1024 + 77);
  let database: TestDatabase;
  let stack: Stack;
  let stores: readonly LabStore[] = [];

  beforeAll(async () => {
    stores = [
      rbdStore('images', { id: 'rbd', region: 'east', more: { default: true } }),
      rbdStore('images2', { id: 'rbd2', region: 'east' }),
    ];
    await dropAll(stores);
    database = await createTestDatabase();
    stack = await Stack.create({ databaseUrl: database.url, stores });
  });
  afterAll(async () => {
    await stack?.stop();
    await database?.drop();
    await dropAll(stores);
  });

  it('is proved by reading, and made anew when its worker was killed after it', async () => {
    const worker = await stack.startWorker({ env: { PARALLAX_KILL: 'copy.inside:1' } });
    const gateway = await stack.startGateway();
    await stack.ready(gateway);
    const admin = new Client(gateway.url, stack.admin);
    await untilStoresUp(admin, stack.storeIds);
    const image = await admin.uploaded(bytes);
    const asked = await admin.post('/federation/v1/transfers', { image, store: 'rbd2' });
    expect(asked.status).toBe(202);
    expect((await worker.process.exited).signal).toBe('SIGKILL');
    await stack.ready(await stack.startWorker());
    await waitUntil(
      'the copy to be done',
      async () => {
        const cells = (await admin.get(`/federation/v1/images/${image}/availability`)).list(
          'cells',
        );
        return cells.some((cell) => cell['store_id'] === 'rbd2' && cell['proof'] === 'read');
      },
      COPY_MS,
    );
    await expectSound({ databaseUrl: database.url, stores, timeoutMs: COPY_MS });
  });
});
