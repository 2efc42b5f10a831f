import type { DescribeClaim } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bringUp,
  type CatalogFixture,
  defineStores,
  EVERYTHING,
  openFixture,
  publishImage,
} from './catalog.fixture.ts';

let fixture: CatalogFixture;
const LEASE_MS = 60_000;
const TOLD = 'east-1';
const PLAIN = 'west-1';

beforeAll(async () => {
  fixture = await openFixture();
  await defineStores(fixture.catalog, TOLD, PLAIN, 'late-1');
  await bringUp(fixture.catalog, TOLD, PLAIN, 'late-1');
  await fixture.catalog.stores.setDescribes(TOLD);
});
afterAll(() => fixture.close());

const due = (...stores: string[]) => fixture.catalog.locations.dueForDescribe(stores, 1_000);

async function claimed(id: number): Promise<DescribeClaim> {
  const claim = await fixture.catalog.locations.claimDescribe(id, LEASE_MS);
  if (claim === undefined) throw new Error('nothing was due');
  return claim;
}

/** An image whose stores know it as it is. */
async function toldImage(): Promise<{ readonly id: string; readonly location: number }> {
  const { id, locations } = await publishImage(fixture.catalog, [TOLD, PLAIN]);
  const location = locations.find(({ storeId }) => storeId === TOLD)?.id ?? 0;
  await fixture.catalog.locations.described(await claimed(location));
  return { id, location };
}

describe('a store that keeps records of images', () => {
  it('is told of every new location, and others are not', async () => {
    const { locations } = await publishImage(fixture.catalog, [TOLD, PLAIN]);
    const marked = await due(TOLD, PLAIN);
    for (const { id, storeId } of locations) expect(marked.includes(id)).toBe(storeId === TOLD);
  });

  it.each([
    ['fields', (id: string) => fixture.catalog.images.update(id, { name: 'other' })],
    ['tags', (id: string) => fixture.catalog.images.update(id, { tags: ['one'] })],
    ['a new member', (id: string) => fixture.catalog.members.insert(id, 'p2')],
    ['status', (id: string) => fixture.catalog.images.transition(id, ['active'], 'deactivated')],
  ])('is told of a change: %s', async (_, change) => {
    const { id, location } = await toldImage();
    expect(await due(TOLD)).not.toContain(location);
    await change(id);
    expect(await due(TOLD)).toContain(location);
  });

  it('is told of a member less, and of a restore', async () => {
    const { catalog } = fixture;
    const { id, location } = await toldImage();
    await catalog.members.insert(id, 'p2');
    await catalog.locations.described(await claimed(location));
    await catalog.members.remove(id, 'p2');
    await catalog.locations.described(await claimed(location));
    await catalog.images.removeLater(id, { cause: 'test', delayMs: LEASE_MS });
    expect(await due(TOLD)).not.toContain(location);
    await catalog.images.restore(id);
    expect(await due(TOLD)).toContain(location);
  });

  it('is not told of an image that was deleted', async () => {
    const { id, location } = await toldImage();
    await fixture.catalog.images.update(id, { name: 'other' });
    await fixture.catalog.images.remove(id, { cause: 'test', graceMs: LEASE_MS });
    expect(await due(TOLD)).not.toContain(location);
    expect(await fixture.catalog.locations.claimDescribe(location, LEASE_MS)).toBeUndefined();
  });

  it('is told again of what changed while it was told, also when that failed', async () => {
    const { locations, images } = fixture.catalog;
    const { id, location } = await toldImage();
    await images.update(id, { name: 'one' });
    const first = await claimed(location);
    await images.update(id, { name: 'two' });
    // Leased: nobody tells the older beside the newer.
    expect(await locations.claimDescribe(location, LEASE_MS)).toBeUndefined();
    await locations.described(first);
    const second = await claimed(location);
    await images.update(id, { name: 'three' });
    await locations.describeLater(second, LEASE_MS);
    expect((await claimed(location)).tries).toBe(2);
    expect(await images.find(id, EVERYTHING)).toMatchObject({ name: 'three' });
  });

  it('waits after a failure, and is due again when whoever had the claim died', async () => {
    const { locations, images } = fixture.catalog;
    const { id, location } = await toldImage();
    await images.update(id, { name: 'one' });
    const dead = await claimed(location);
    await fixture.sql`UPDATE location SET describe_until = now() - interval '1 s' WHERE id = ${location}`;
    const next = await claimed(location);
    expect(await locations.keepDescribe(dead, LEASE_MS)).toBe(false);
    // Too late: the claim is another's.
    await locations.described(dead);
    expect(await locations.keepDescribe(next, LEASE_MS)).toBe(true);
    await locations.describeLater(next, LEASE_MS);
    expect(await due(TOLD)).not.toContain(location);
    await fixture.sql`UPDATE location SET describe_at = now() WHERE id = ${location}`;
    expect((await claimed(location)).tries).toBe(3);
  });

  it('is told of all that it held before, once', async () => {
    const { catalog, sql } = fixture;
    const { locations } = await publishImage(catalog, ['late-1']);
    const id = locations[0]?.id ?? 0;
    const marks = () => sql`SELECT describe_at, describe_wanted FROM location WHERE id = ${id}`;
    expect(await marks()).toMatchObject([{ describe_at: null }]);
    await catalog.stores.setDescribes('late-1');
    await catalog.stores.setDescribes('late-1');
    expect(await marks()).toMatchObject([{ describe_at: expect.any(Date), describe_wanted: '1' }]);
  });

  it('has the few rows that are due found by their own index, of many that are not', async () => {
    const { sql } = fixture;
    await sql`WITH ids AS (INSERT INTO image_id (id) SELECT 'many-' || n FROM generate_series(1, 20000) n RETURNING id),
        made AS (INSERT INTO image (id, visibility) SELECT id, 'private' FROM ids RETURNING id)
      INSERT INTO location (image_id, store_id, key, proof, asked_by, purpose)
        SELECT id, ${TOLD}, id, 'sent', 'upload', 'copy' FROM made`;
    await sql`ANALYZE location`;
    const plan =
      await sql`EXPLAIN SELECT id FROM location WHERE describe_at <= now() AND state <> 'deleting'
      AND (describe_until IS NULL OR describe_until < now()) AND store_id = ANY('{east-1}') ORDER BY describe_at LIMIT 100`;
    expect(JSON.stringify(plan)).toContain('location_describe_due');
  });
});
