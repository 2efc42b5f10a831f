import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bringUp,
  type CatalogFixture,
  defineStores,
  EVERYTHING,
  NO_RANKS,
  newImage,
  openFixture,
  outcomes,
  publishImage,
} from './catalog.fixture.ts';

const DAY_MS = 86_400_000;
const later = { cause: 'user u1', delayMs: DAY_MS };

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
  await defineStores(fixture.catalog, 'east-1', 'west-1', 'north-1');
  await bringUp(fixture.catalog, 'east-1', 'west-1', 'north-1');
});
afterAll(() => fixture.close());

/** Lets the time of every restorable image be over. */
async function endDelays(): Promise<void> {
  await fixture.sql`UPDATE image SET scrub_at = now() WHERE status = 'pending_delete'`;
}

describe('a delayed delete', () => {
  it('hides the image and keeps its copies, its members and its id', async () => {
    const { catalog } = fixture;
    const { id, locations } = await publishImage(catalog, ['east-1'], { tags: ['t'] });
    await catalog.members.insert(id, 'p2');
    await catalog.images.removeLater(id, later);
    expect(await catalog.images.find(id, EVERYTHING)).toBeUndefined();
    expect(await catalog.images.findJson(id, EVERYTHING, NO_RANKS)).toBeUndefined();
    expect(await catalog.locations.get(locations[0]?.id ?? 0)).toMatchObject({ state: 'active' });
    await expect(catalog.images.insert(newImage({ id }))).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(catalog.images.removeLater(id, later)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await catalog.images.scrub({ limit: 100, graceMs: 0 })).not.toContain(id);
  });

  it('stops what moves', async () => {
    const { catalog } = fixture;
    const { id } = await publishImage(catalog, ['east-1']);
    const ask = (storeId: string) =>
      catalog.transfers.request({ imageId: id, storeId, askedBy: 'policy', class: 'policy' });
    const [running, queued] = [await ask('west-1'), await ask('north-1')];
    await catalog.transfers.claim(running.id, 'w', 30_000);
    await catalog.images.removeLater(id, later);
    expect(await catalog.transfers.get(running.id)).toMatchObject({ state: 'cancelling' });
    expect(await catalog.transfers.get(queued.id)).toMatchObject({ state: 'superseded' });
  });

  it('is for images with bytes', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    await expect(catalog.images.removeLater(id, later)).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it.each(['active', 'deactivated'] as const)(
    'is undone: the image is %s again',
    async (status) => {
      const { catalog, sql } = fixture;
      const { id } = await publishImage(catalog, ['east-1'], { tags: ['t'] });
      await catalog.images.setBookkeeping(id, { os_glance_import_task: 'task' });
      if (status === 'deactivated') await catalog.images.transition(id, ['active'], status);
      const before = await catalog.images.get(id, EVERYTHING);
      await catalog.images.removeLater(id, later);
      const after = await catalog.images.restore(id);
      expect(after).toMatchObject({ status, tags: ['t'], size: before.size, properties: {} });
      expect(after.revision).toBe(before.revision + 1);
      expect(await catalog.images.dueForReconcile(1_000)).toContain(id);
      const [row] = await sql`SELECT deleted_at, cause FROM image_id WHERE id = ${id}`;
      expect(row).toEqual({ deleted_at: null, cause: null });
      await expect(catalog.images.restore(id)).rejects.toMatchObject({
        code: 'conflict',
        context: { status },
      });
    },
  );

  it('cannot be undone for an image that is gone or never was', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    await catalog.images.remove(id, { cause: 'user', graceMs: 0 });
    await expect(catalog.images.restore(id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(catalog.images.restore(randomUUID())).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('ends with the time it was given: the copies are removed like all others', async () => {
    const { catalog } = fixture;
    const { id, locations } = await publishImage(catalog, ['east-1', 'west-1']);
    await catalog.images.removeLater(id, later);
    await endDelays();
    expect(await catalog.images.scrub({ limit: 100, graceMs: 0 })).toContain(id);
    await expect(catalog.images.restore(id)).rejects.toMatchObject({ code: 'conflict' });
    const due = await catalog.locations.claimRemovals(['east-1', 'west-1'], 'w', 1_000, 100);
    const ids = locations.map((location) => location.id);
    expect(due.map((location) => location.id)).toEqual(expect.arrayContaining(ids));
    for (const location of ids) await catalog.locations.forget(location);
    expect(await catalog.contents.find(id)).toBeUndefined();
  });

  it('is either undone or scrubbed, never both', async () => {
    const { catalog } = fixture;
    for (let round = 0; round < 10; round += 1) {
      const { id } = await publishImage(catalog, ['east-1']);
      await catalog.images.removeLater(id, later);
      await endDelays();
      const [restored, scrubbed] = await Promise.all([
        outcomes([catalog.images.restore(id)]),
        catalog.images.scrub({ limit: 100, graceMs: 0 }),
      ]);
      expect(scrubbed.includes(id)).toBe(restored.ok === 0);
      expect(await catalog.locations.listFor(id)).toHaveLength(restored.ok);
    }
  });

  it('is told of as it happens', async () => {
    const { catalog } = fixture;
    const { id } = await publishImage(catalog, ['east-1']);
    await catalog.images.removeLater(id, later);
    await catalog.images.restore(id);
    await catalog.images.removeLater(id, later);
    await endDelays();
    await catalog.images.scrub({ limit: 100, graceMs: 0 });
    await catalog.events.number();
    const types = (await catalog.events.after(0, 1_000))
      .filter((event) => event.imageId === id)
      .map(({ type }) => type);
    expect(types).toEqual([
      'image.create',
      'image.delete',
      'image.restore',
      'image.delete',
      'image.scrub',
    ]);
  });
});

describe('a purge', () => {
  async function deletedAgo(days: number): Promise<{ id: string; locationId: number }> {
    const { catalog, sql } = fixture;
    const { id, locations } = await publishImage(catalog, ['east-1'], { tags: ['t'] });
    await catalog.members.insert(id, 'p2');
    await catalog.holds.put(id, 'west-1', 'evicted');
    await catalog.transfers.request({
      imageId: id,
      storeId: 'north-1',
      askedBy: 'policy',
      class: 'policy',
    });
    await catalog.tasks.insert({
      id: randomUUID(),
      type: 'api_image_import',
      status: 'processing',
      owner: 'p1',
      imageId: id,
      requestId: 'req-1',
      userId: 'u1',
      message: '',
      input: {},
    });
    await catalog.images.remove(id, { cause: 'user u1', graceMs: 0 });
    await sql`UPDATE image SET deleted_at = now() - ${days} * interval '1 day' WHERE id = ${id}`;
    return { id, locationId: locations[0]?.id ?? 0 };
  }

  it('takes every row of an image that is long gone, and never frees its id', async () => {
    const { catalog, sql } = fixture;
    const { id, locationId } = await deletedAgo(31);
    await catalog.locations.forget(locationId);
    expect(await catalog.images.purge(30 * DAY_MS, 100)).toBe(1);
    for (const table of ['image_member', 'hold', 'task', 'transfer', 'content', 'manifest']) {
      expect(await sql`SELECT FROM ${sql(table)} WHERE image_id = ${id}`, table).toHaveLength(0);
    }
    expect(await sql`SELECT FROM image WHERE id = ${id}`).toHaveLength(0);
    const [kept] = await sql`SELECT os_hash, cause FROM image_id WHERE id = ${id}`;
    expect(kept).toEqual({ os_hash: 'cf83e1357eefb8bd', cause: 'user u1' });
    await expect(catalog.images.insert(newImage({ id }))).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('leaves images that live, that are young, that can be restored or that have an object left', async () => {
    const { catalog, sql } = fixture;
    const live = await publishImage(catalog, ['east-1']);
    const young = await deletedAgo(29);
    await catalog.locations.forget(young.locationId);
    const withObject = await deletedAgo(31);
    const restorable = await publishImage(catalog, ['east-1']);
    await catalog.images.removeLater(restorable.id, later);
    await sql`UPDATE image SET deleted_at = now() - interval '31 day' WHERE id = ${restorable.id}`;
    expect(await catalog.images.purge(30 * DAY_MS, 100)).toBe(0);
    const ids = [live.id, young.id, withObject.id, restorable.id];
    expect(await sql`SELECT FROM image WHERE id = ANY(${ids})`).toHaveLength(ids.length);
  });

  it('goes on where it stopped', async () => {
    const { catalog } = fixture;
    for (let i = 0; i < 3; i += 1) {
      await catalog.locations.forget((await deletedAgo(40)).locationId);
    }
    expect(await catalog.images.purge(35 * DAY_MS, 2)).toBe(2);
    expect(await catalog.images.purge(35 * DAY_MS, 2)).toBe(1);
    expect(await catalog.images.purge(35 * DAY_MS, 2)).toBe(0);
  });
});
