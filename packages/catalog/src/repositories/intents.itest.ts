import type { StoreFacts } from '@parallax/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CatalogFixture, defineStores, newImage, openFixture } from './catalog.fixture.ts';

let fixture: CatalogFixture;
let store: StoreFacts;
const SWEEP = { leaseMs: 30_000, graceMs: 60_000, limit: 100 };

beforeAll(async () => {
  fixture = await openFixture();
  const [first] = await defineStores(fixture.catalog, 'east-1');
  if (first === undefined) throw new Error('no store');
  store = first;
});
afterAll(() => fixture.close());

async function open(owner = 'gw') {
  const { id: imageId } = await fixture.catalog.images.insert(newImage());
  const tagKey = new Uint8Array(32).fill(9);
  return fixture.catalog.intents.open({ imageId, store, owner, leaseMs: 30_000, tagKey });
}
async function pass(id: number, seconds: number): Promise<void> {
  await fixture.sql`UPDATE intent SET lease_until = lease_until - ${seconds} * interval '1 second' WHERE id = ${id}`;
}
async function sweep(owner: string): Promise<number[]> {
  return (await fixture.catalog.intents.claimAbandoned(['east-1'], owner, SWEEP)).map(
    ({ id }) => id,
  );
}

it('opens with a key that no other attempt has', async () => {
  const { catalog } = fixture;
  const { id: imageId } = await catalog.images.insert(newImage());
  const opened = await Promise.all(
    Array.from({ length: 5 }, () =>
      catalog.intents.open({ imageId, store, owner: 'gw', leaseMs: 1_000 }),
    ),
  );
  expect(new Set(opened.map(({ key }) => key)).size).toBe(5);
  for (const { key, id } of opened) expect(key).toBe(`${imageId.slice(0, 2)}/${imageId}.${id}`);
});

it('keeps what an attempt must know to go on', async () => {
  const { catalog } = fixture;
  const { id } = await open();
  await catalog.intents.setSession(id, 'upload-7', 'boot-1');
  await catalog.intents.setReceipts(id, [{ index: 0, bytes: 8, etag: '"e"' }]);
  const found = await catalog.intents.get(id);
  expect(found).toMatchObject({
    session: 'upload-7',
    bootId: 'boot-1',
    receipts: [{ index: 0, bytes: 8, etag: '"e"' }],
  });
  expect(found.tagKey?.[0]).toBe(9);
  await catalog.intents.forget(id);
  await expect(catalog.intents.get(id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(catalog.intents.setReceipts(id, [])).rejects.toMatchObject({ code: 'not_found' });
});

it('is swept a grace after its lease, by one sweeper, and its holder can no longer publish', async () => {
  const { catalog } = fixture;
  const { id } = await open();
  await pass(id, 31);
  expect(await sweep('s')).not.toContain(id);
  expect(await catalog.intents.renew([id], 'gw', 30_000)).toBe(true);
  await pass(id, 91);
  const claims = await Promise.all(['s1', 's2', 's3'].map(sweep));
  expect(claims.filter((ids) => ids.includes(id))).toHaveLength(1);
  expect(await catalog.intents.renew([id], 'gw', 30_000)).toBe(false);
  await expect(catalog.intents.close([id], 'gw')).rejects.toMatchObject({ code: 'lease_lost' });
});

it('that is given up waits for its grace only', async () => {
  const { catalog } = fixture;
  const { id } = await open();
  await catalog.intents.release([id], 'other');
  await catalog.intents.release([id], 'gw');
  expect(await sweep('s')).not.toContain(id);
  await pass(id, 61);
  expect(await sweep('s')).toContain(id);
});

it('closes all or none', async () => {
  const { catalog } = fixture;
  const [mine, also, foreign] = [await open('gw'), await open('gw'), await open('other')];
  await expect(catalog.intents.close([mine.id, foreign.id], 'gw')).rejects.toMatchObject({
    code: 'lease_lost',
  });
  expect(await catalog.intents.get(mine.id)).toMatchObject({ id: mine.id });
  await catalog.intents.close([mine.id, also.id], 'gw');
  await expect(catalog.intents.get(also.id)).rejects.toMatchObject({ code: 'not_found' });
});

it('is hurried by `sweep --now` when nobody holds it, and counted until it is gone', async () => {
  const { catalog } = fixture;
  const [held, dead] = [await open(), await open()];
  await pass(dead.id, 31);
  const before = await catalog.sweeps.pending();
  await catalog.sweeps.hurry();
  const swept = await sweep('s');
  expect(swept).toContain(dead.id);
  expect(swept).not.toContain(held.id);
  await catalog.intents.forget(dead.id);
  expect((await catalog.sweeps.pending()).intents).toBe(before.intents - 1);
});
