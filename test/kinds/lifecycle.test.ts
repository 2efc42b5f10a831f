import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allKinds, dropAll } from '../support/all-kinds.ts';
import { type Client, storesOf } from '../support/client.ts';
import { Deployment } from '../support/deployment.ts';
import { expectSound } from '../support/expect-sound.ts';
import { sha512, testBytes } from '../support/glance-http.ts';
import { labRuns } from '../support/lab-stores.ts';
import { serveBytes } from '../support/serve-bytes.ts';
import { lookInto } from '../support/services.ts';
import { SHORT_TIMERS } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const MIB = 1024 * 1024;
const SIZE = 16 * MIB + 321;
const COPY_MS = 60_000;
const bytes = testBytes(SIZE);
const digest = sha512(bytes);

/** A regional Glance takes copies only, and a web server nothing. */
const WRITABLE = ['file-a', 's3-east', 's3-west', 'swift', 'rbd', 'rbd2', 'cinder'];
/** Each kind from and to a file store, some over the internal route, and to itself where the lab has two of it. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['file-a', 'file-b'],
  ['file-a', 's3-east'],
  ['s3-east', 'file-a'],
  ['s3-east', 's3-west'],
  ['file-a', 'swift'],
  ['swift', 'file-b'],
  ['s3-east', 'swift'],
  ['file-a', 'rbd'],
  ['rbd', 'file-b'],
  ['rbd', 'rbd2'],
  ['rbd2', 's3-west'],
  ['file-a', 'cinder'],
  ['cinder', 'file-b'],
  ['file-a', 'glance-one'],
  ['glance-one', 'file-b'],
  ['rbd', 'glance-one'],
  ['web', 'file-b'],
  ['web', 's3-east'],
];

describe.skipIf(!labRuns)('every kind of store, on its real service (npm run lab)', () => {
  const kinds = labRuns ? allKinds() : { stores: [], onServices: [] };
  const at = new Deployment();
  let admin: Client;
  let web: Awaited<ReturnType<typeof serveBytes>>;

  beforeAll(async () => {
    await dropAll(kinds.onServices);
    web = await serveBytes(bytes);
    await at.start({
      stores: kinds.stores,
      // Cinder takes seconds to make a volume and to attach it.
      config: { timers: { ...SHORT_TIMERS, stall_ms: 60_000 } },
    });
    admin = at.admin;
  });
  afterAll(async () => {
    await at.stop();
    await web?.stop();
    await dropAll(kinds.onServices);
  });

  const uploadedTo = (store: string): Promise<string> =>
    admin.uploaded(bytes, { headers: { 'x-image-meta-store': store } });

  async function copied(id: string, store: string): Promise<void> {
    const asked = await admin.post('/federation/v1/transfers', { image: id, store });
    expect(asked.status).toBe(202);
    const path = `/federation/v1/transfers/${String(asked.object['id'])}`;
    const state = await waitUntil(
      `the copy of ${id} to ${store} to end`,
      async () => {
        const { object } = await admin.get(path);
        return object['finished_at'] !== null && object['state'];
      },
      COPY_MS,
    );
    expect(state).toBe('succeeded');
  }

  async function evicted(id: string, store: string): Promise<void> {
    expect((await admin.delete(`/v2/stores/${store}/${id}`)).status).toBe(204);
    expect(storesOf(await admin.shown(id))).not.toContain(store);
  }

  async function expectRead(id: string): Promise<void> {
    const whole = await admin.download(id);
    expect([whole.status, sha512(whole.bytes)]).toEqual([200, digest]);
    for (const [first, last] of [
      [0, 0],
      [MIB - 3, 9 * MIB],
      [SIZE - 5, SIZE - 1],
    ] as const) {
      const part = await admin.download(id, { range: `bytes=${first}-${last}` });
      expect(part.status).toBe(206);
      expect(part.bytes.equals(bytes.subarray(first, last + 1))).toBe(true);
    }
  }

  /** A new image whose only copy is there, by whatever way that store comes to one. */
  async function sourceIn(store: string): Promise<string> {
    if (WRITABLE.includes(store)) return uploadedTo(store);
    const id = await uploadedTo('file-a');
    if (store === 'web') await web.adopt(at.databaseUrl, id);
    else await copied(id, store);
    await evicted(id, 'file-a');
    return id;
  }

  it.each(WRITABLE)(
    '%s takes an upload, gives it back whole and in ranges, and forgets it when it is deleted',
    async (store) => {
      const id = await uploadedTo(store);
      expect(storesOf(await admin.shown(id))).toEqual([store]);
      await expectRead(id);
      expect((await admin.delete(`/v2/images/${id}`)).status).toBe(204);
      await at.nothingPending();
      for (const { place } of kinds.onServices) {
        expect((await lookInto(place)).filter(({ key }) => key.includes(id))).toEqual([]);
      }
    },
  );

  it.each(PAIRS)('copies from %s to %s, proved, and reads the copy alone', async (from, to) => {
    const id = await sourceIn(from);
    await copied(id, to);
    const where = await admin.get(`/federation/v1/images/${id}/availability`);
    expect(where.list('cells').find((cell) => cell['store_id'] === to)).toMatchObject({
      state: 'active',
      proof: expect.stringMatching(/^(stored|read)$/),
    });
    // A regional Glance keeps what it has until the image is deleted.
    if (from !== 'glance-one') await evicted(id, from);
    await expectRead(id);
    expect((await admin.delete(`/v2/images/${id}`)).status).toBe(204);
  });

  it('ends with every row and every byte in its place', async () => {
    const kept = await uploadedTo('swift');
    const others = [
      'file-a',
      'file-b',
      's3-east',
      's3-west',
      'rbd',
      'rbd2',
      'cinder',
      'glance-one',
    ];
    for (const store of others) await copied(kept, store);
    const stores = [...at.stack.stores, ...kinds.onServices];
    await expectSound({ databaseUrl: at.databaseUrl, stores, timeoutMs: COPY_MS });
    expect([...storesOf(await admin.shown(kept))].sort()).toEqual([...others, 'swift'].sort());
  });
});
