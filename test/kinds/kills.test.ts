import type { IncomingMessage } from 'node:http';
import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropAll } from '../support/all-kinds.ts';
import { Client } from '../support/client.ts';
import { expectSound } from '../support/expect-sound.ts';
import { Front } from '../support/front.ts';
import { testBytes } from '../support/glance-http.ts';
import {
  glanceStore,
  type LabStore,
  labRuns,
  rbdStore,
  s3Store,
  swiftOrigin,
  swiftStore,
} from '../support/lab-stores.ts';
import { Stack, type StartedNode } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const MIB = 1024 * 1024;
const STREAMS = 2;
/** The least that every kind here takes. */
const PART = 8 * MIB;
/** On the way in sockets and streams when everything is held. */
const IN_SOCKETS = STREAMS * 4 * MIB;
const SIZE = 64 * MIB + 77;
const KILLED_AFTER = 40 * MIB;
const COPY_MS = 60_000;

/** A part in every stream goes again; a Glance cannot go on with a PUT, and gets all of it. */
const COPIES = [
  { from: 'swift', to: 'file-b', way: 'read', again: STREAMS * PART + IN_SOCKETS },
  { from: 'swift', to: 's3-west', way: 'read', again: STREAMS * PART + IN_SOCKETS },
  { from: 'swift', to: 'rbd', way: 'read', again: STREAMS * PART + IN_SOCKETS },
  { from: 'file-a', to: 'swift', way: 'written', again: STREAMS * PART + IN_SOCKETS },
  { from: 'swift', to: 'glance-one', way: 'read', again: SIZE },
] as const;

const isData = ({ method, url = '' }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'PUT') &&
  /\/parallax-[0-9a-f]+(_segments)?\/(?!\.)[^?]+$/.test(url);

describe.skipIf(!labRuns)('kill -9 of the worker in the middle of a copy (npm run lab)', () => {
  const bytes = testBytes(SIZE);
  let database: TestDatabase;
  let stack: Stack;
  let front: Front;
  let onServices: readonly LabStore[] = [];
  let admin: Client;
  let worker: StartedNode;

  beforeAll(async () => {
    front = await Front.start(swiftOrigin(), { isData });
    onServices = [
      swiftStore({ id: 'swift', region: 'west', origin: front.origin }),
      s3Store('WEST', { id: 's3-west', region: 'west' }),
      rbdStore('images', { id: 'rbd', region: 'north' }),
      glanceStore({ id: 'glance-one', region: 'north' }),
    ];
    await dropAll(onServices);
    database = await createTestDatabase();
    stack = await Stack.create({
      databaseUrl: database.url,
      stores: [
        ...onServices,
        { id: 'file-a', region: 'east', more: { default: true } },
        { id: 'file-b', region: 'west' },
      ],
      config: { worker: { concurrency: 4, copy_streams: STREAMS } },
    });
    worker = await stack.startWorker();
    const gateway = await stack.startGateway();
    await Promise.all([stack.ready(worker), stack.ready(gateway)]);
    admin = new Client(gateway.url, stack.admin);
    await waitUntil('all stores to be up', async () =>
      (await admin.get('/federation/v1/stores'))
        .list('stores')
        .every(({ state }) => state === 'up'),
    );
  });
  afterAll(async () => {
    await stack?.stop();
    await database?.drop();
    await front?.stop();
    await dropAll(onServices);
  });

  it.each(COPIES)('from $from to $to is resumed', async ({ from, to, way, again }) => {
    // Of its own, so that there is no other copy to read from.
    const image = await admin.uploaded(bytes, { headers: { 'x-image-meta-store': from } });
    front.closeGate(KILLED_AFTER);
    const asked = await admin.post('/federation/v1/transfers', { image, store: to });
    expect(asked.status).toBe(202);
    const shown = async (): Promise<Readonly<Record<string, unknown>>> =>
      (await admin.get(`/federation/v1/transfers/${String(asked.object['id'])}`)).object;
    await waitUntil('the copy to be held half-way', async () => front.isHolding);
    // What lies in no row yet is what a kill may cost.
    await waitUntil('all whole parts to be noted', async () => {
      const noted = Number((await shown())['bytes_done']);
      return noted > 0 && front.passed[way] - noted <= STREAMS * PART + IN_SOCKETS;
    });
    await worker.process.kill();
    front.openGate();
    worker = await stack.startWorker();
    const done = await waitUntil(
      'the copy to be done',
      async () => {
        const transfer = await shown();
        return transfer['state'] === 'succeeded' && transfer;
      },
      COPY_MS,
    );
    expect(done).toMatchObject({ attempts: 2 });
    // The zero chunk of the test's bytes need not pass.
    expect(front.passed[way]).toBeGreaterThanOrEqual(SIZE - PART);
    expect(front.passed[way]).toBeLessThanOrEqual(SIZE + again);
    const where = await admin.get(`/federation/v1/images/${image}/availability`);
    expect(where.list('cells').find((cell) => cell['store_id'] === to)).toMatchObject({
      state: 'active',
      proof: expect.stringMatching(/^(stored|read)$/),
    });
  });

  it('leaves every row and every byte in its place', async () => {
    const stores = [...stack.stores, ...onServices];
    await expectSound({ databaseUrl: database.url, stores, timeoutMs: COPY_MS });
  });
});
