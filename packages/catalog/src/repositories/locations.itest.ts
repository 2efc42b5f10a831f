import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bringUp,
  type CatalogFixture,
  contentOf,
  defineStores,
  openFixture,
  outcomes,
  publishImage,
} from './catalog.fixture.ts';

let fixture: CatalogFixture;
const EVICT = { reason: 'evicted', graceMs: 60_000 } as const;
const STORES = ['east-1', 'west-1'];

beforeAll(async () => {
  fixture = await openFixture();
  await defineStores(fixture.catalog, ...STORES, 'empty-1');
  await bringUp(fixture.catalog, ...STORES);
});
afterAll(() => fixture.close());

async function pass(id: number, seconds: number): Promise<void> {
  await fixture.sql`UPDATE location SET due_at = due_at - ${seconds} * interval '1 second',
    lease_until = lease_until - ${seconds} * interval '1 second' WHERE id = ${id}`;
}
async function twoCopies(): Promise<[number, number]> {
  const { locations } = await publishImage(fixture.catalog, STORES);
  return [locations[0]?.id ?? 0, locations[1]?.id ?? 0];
}

describe('the last routable copy', () => {
  it('is one whose fellow lies in a store that is down', async () => {
    const { locations, stores } = fixture.catalog;
    const [first] = await twoCopies();
    await stores.setState('west-1', ['up'], 'down', 'not mounted');
    await expect(locations.unroute(first, EVICT)).rejects.toMatchObject({ code: 'conflict' });
    await stores.setState('west-1', ['down'], 'up', null);
    await locations.unroute(first, EVICT);
  });
  it('stays when two evicts take the last two at once', async () => {
    const { catalog } = fixture;
    for (let round = 0; round < 10; round += 1) {
      const ids = await twoCopies();
      const { ok, codes } = await outcomes(ids.map((id) => catalog.locations.unroute(id, EVICT)));
      expect({ ok, codes }).toEqual({ ok: 1, codes: ['conflict'] });
      const { imageId } = await catalog.locations.get(ids[0]);
      expect(await catalog.locations.listFor(imageId)).toHaveLength(1);
    }
  });

  it('goes when that was meant', async () => {
    const { catalog } = fixture;
    const { locations } = await publishImage(catalog, ['east-1']);
    const id = locations[0]?.id ?? 0;
    await expect(catalog.locations.unroute(id, EVICT)).rejects.toMatchObject({ code: 'conflict' });
    await catalog.locations.unroute(id, { ...EVICT, last: true });
    expect(await catalog.locations.get(id)).toMatchObject({ state: 'deleting', reason: 'evicted' });
  });

  it('is not a suspect one while a good one is left to lose', async () => {
    const { catalog } = fixture;
    const [good, bad] = await twoCopies();
    await catalog.locations.suspect(bad, 'digest_mismatch');
    await expect(catalog.locations.unroute(good, EVICT)).rejects.toMatchObject({
      code: 'conflict',
    });
    await catalog.locations.unroute(bad, EVICT);
    await expect(catalog.locations.unroute(good, EVICT)).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('a location', () => {
  it('is the only one of its image in its store, and of its object', async () => {
    const { catalog } = fixture;
    const { id, locations } = await publishImage(catalog, ['east-1']);
    const copy = { imageId: id, proof: 'read', askedBy: 'policy', purpose: 'copy' } as const;
    const key = locations[0]?.key ?? '';
    await expect(
      catalog.locations.insert({ ...copy, storeId: 'east-1', key: 'other' }),
    ).rejects.toMatchObject({
      code: 'conflict',
    });
    const other = await publishImage(catalog, []);
    await expect(
      catalog.locations.insert({ ...copy, imageId: other.id, storeId: 'east-1', key }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(
      catalog.locations.insert({ ...copy, storeId: 'nowhere', key }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
    const inserts = Array.from({ length: 5 }, (_, n) =>
      catalog.locations.insert({ ...copy, storeId: 'west-1', key: `${id}.${n}` }),
    );
    expect((await outcomes(inserts)).ok).toBe(1);
  });

  it('has room again while its predecessor is being removed', async () => {
    const { catalog } = fixture;
    const [first] = await twoCopies();
    const { imageId, storeId, proof, askedBy, purpose } = await catalog.locations.get(first);
    await catalog.locations.unroute(first, EVICT);
    const next = { imageId, storeId, proof, askedBy, purpose, key: `${imageId}.next` };
    expect(await catalog.locations.insert(next)).toMatchObject({
      state: 'active',
      provedAt: expect.any(Date),
    });
  });

  it('is verified by one at a time, who may go on, and others when that one is gone', async () => {
    const { catalog } = fixture;
    const [id] = await twoCopies();
    expect(await catalog.locations.claimVerify(id, 'a', 1_000)).toBeUndefined();
    expect(await catalog.locations.suspect(id, 'digest_mismatch')).toBe(true);
    expect(await catalog.locations.suspect(id, 'digest_mismatch')).toBe(false);
    expect((await catalog.locations.dueForVerify(['east-1'], 100)).map((l) => l.id)).toContain(id);
    expect(await catalog.locations.dueForVerify(['west-1'], 100)).toEqual([]);
    expect(await catalog.locations.claimVerify(id, 'a', 30_000)).toMatchObject({
      id,
      reason: 'digest_mismatch',
    });
    expect(await catalog.locations.claimVerify(id, 'a', 30_000)).toMatchObject({ id });
    expect(await catalog.locations.claimVerify(id, 'b', 30_000)).toBeUndefined();
    expect(await catalog.locations.dueForVerify(['east-1'], 100)).toEqual([]);
    await pass(id, 31);
    expect(await catalog.locations.claimVerify(id, 'b', 30_000)).toMatchObject({ id });
    await catalog.locations.postpone(id, 60_000);
    expect(await catalog.locations.claimVerify(id, 'a', 30_000)).toBeUndefined();
    await catalog.locations.proved(id, 'read');
    expect(await catalog.locations.get(id)).toMatchObject({
      state: 'active',
      proof: 'read',
      reason: null,
    });
  });

  it('that is being removed does not come back by a late proof', async () => {
    const { catalog } = fixture;
    const [id] = await twoCopies();
    await catalog.locations.unroute(id, EVICT);
    await catalog.locations.proved(id, 'read');
    expect(await catalog.locations.get(id)).toMatchObject({ state: 'deleting' });
    expect(await catalog.locations.suspect(id, 'suspect')).toBe(false);
  });

  it('is removed after its grace, by one, and again when that one is gone', async () => {
    const { catalog } = fixture;
    const [id] = await twoCopies();
    const claim = async (owner: string) =>
      (await catalog.locations.claimRemovals(STORES, owner, 30_000, 100)).map((l) => l.id);
    await catalog.locations.unroute(id, EVICT);
    expect(await claim('a')).not.toContain(id);
    await pass(id, 61);
    const claims = await Promise.all(['a', 'b', 'c'].map(claim));
    expect(claims.filter((ids) => ids.includes(id))).toHaveLength(1);
    await pass(id, 31);
    expect(await claim('d')).toContain(id);
    await catalog.locations.postpone(id, 60_000);
    expect(await claim('d')).not.toContain(id);
    await catalog.locations.forget(id);
    await expect(catalog.locations.get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('goes with all others when its store was declared empty', async () => {
    const { catalog } = fixture;
    const { id } = await publishImage(catalog, ['empty-1', 'east-1']);
    await publishImage(catalog, ['empty-1']);
    const token = (await catalog.images.claimReconcile(id, 30_000)) ?? '';
    await catalog.images.reconciled(id, token);
    expect(await catalog.locations.forgetStore('empty-1')).toBe(2);
    expect((await catalog.locations.listFor(id)).map(({ storeId }) => storeId)).toEqual(['east-1']);
    expect(await catalog.images.dueForReconcile(1_000)).toContain(id);
  });
});

describe('content', () => {
  it('comes back as it was written, and once per image', async () => {
    const { catalog } = fixture;
    const { id } = await publishImage(catalog, ['east-1']);
    const found = await catalog.contents.find(id);
    expect({ ...found, tagKey: new Uint8Array(found?.tagKey ?? []) }).toEqual(contentOf(id));
    const { tags, zeros } = await catalog.contents.slice(id, 0);
    expect([...tags, ...zeros]).toEqual([...new Uint8Array(16).fill(1), 0]);
    await expect(catalog.contents.slice(id, 1)).rejects.toMatchObject({ code: 'not_found' });
    await expect(catalog.contents.insert(contentOf(id), [], null)).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('finds twins with equal digest and size that can be read', async () => {
    const { catalog } = fixture;
    const [one, two] = [
      await publishImage(catalog, ['east-1']),
      await publishImage(catalog, ['west-1']),
    ];
    const bare = await publishImage(catalog, []);
    const ids = (await catalog.contents.twins(contentOf(one.id))).map(({ imageId }) => imageId);
    expect(ids).toContain(two.id);
    expect(ids).not.toContain(one.id);
    expect(ids).not.toContain(bare.id);
    expect(await catalog.contents.twins(contentOf(one.id, { size: 4 }))).toEqual([]);
  });
});
