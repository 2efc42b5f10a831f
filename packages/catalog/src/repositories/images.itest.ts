import { randomUUID } from 'node:crypto';
import { NO_LOCATIONS } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bringUp,
  type CatalogFixture,
  contentOf,
  defineStores,
  EVERYTHING,
  NO_RANKS,
  newImage,
  openFixture,
  outcomes,
  publishImage,
} from './catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
  await defineStores(fixture.catalog, 'east-1', 'west-1', 'north-1');
  await bringUp(fixture.catalog, 'east-1', 'west-1', 'north-1');
});
afterAll(() => fixture.close());

const lease = (owner: string) => ({ owner, ms: 30_000 });

describe('the record', () => {
  it('is Glance’s, key by key, for a new image', async () => {
    const { catalog } = fixture;
    const image = newImage({
      name: 'q"\\\n\u0001é😀',
      tags: ['a,b', 'NULL', '"'],
      minRam: 3,
      osHidden: true,
    });
    const record: Record<string, unknown> = JSON.parse(
      await catalog.images.insertJson(image, NO_RANKS),
    );
    const shown = await catalog.images.findJson(image.id, EVERYTHING, NO_RANKS);
    expect(JSON.parse(shown?.json ?? '')).toEqual(record);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(record).toEqual({
      id: image.id,
      name: 'q"\\\n\u0001é😀',
      status: 'queued',
      visibility: 'shared',
      protected: false,
      os_hidden: true,
      owner: 'p1',
      disk_format: 'qcow2',
      container_format: 'bare',
      min_disk: 0,
      min_ram: 3,
      size: null,
      virtual_size: null,
      checksum: null,
      os_hash_algo: null,
      os_hash_value: null,
      created_at: time,
      updated_at: time,
      tags: ['a,b', 'NULL', '"'],
      self: `/v2/images/${image.id}`,
      file: `/v2/images/${image.id}/file`,
      schema: '/v2/schemas/image',
    });
  });

  it('shows custom properties flat, and never instead of a field of its own', async () => {
    const { catalog } = fixture;
    const properties = {
      os_distro: '}',
      '{"': '\\"',
      id: 'x',
      stores: 'x',
      'a b': '',
      os_glance_import_task: 'x',
    };
    const image = newImage({ properties });
    const record: Record<string, unknown> = JSON.parse(
      await catalog.images.insertJson(image, NO_RANKS),
    );
    expect(record).toMatchObject({ id: image.id, os_distro: '}', '{"': '\\"', 'a b': '' });
    expect(record).not.toHaveProperty('stores');
    expect(record).not.toHaveProperty('os_glance_import_task');
    const only = newImage({ properties: { id: 'x' } });
    const text = await catalog.images.insertJson(only, NO_RANKS);
    expect(JSON.parse(text)).toMatchObject({ id: only.id });
  });

  it('shows a content’s size and digests and its stores by rank, then by age', async () => {
    const { catalog } = fixture;
    const { id, locations } = await publishImage(catalog, ['east-1', 'west-1', 'north-1']);
    const stores = async (...ranks: [string, number][]): Promise<unknown> => {
      const shown = await catalog.images.findJson(id, EVERYTHING, {
        ranks: new Map(ranks),
        shown: NO_LOCATIONS,
      });
      return JSON.parse(shown?.json ?? '').stores;
    };
    expect(await stores()).toBe('east-1,west-1,north-1');
    expect(await stores(['north-1', 0], ['west-1', 1], ['east-1', 2])).toBe(
      'north-1,west-1,east-1',
    );
    expect(await stores(['west-1', 0], ['north-1', 1], ['east-1', 1])).toBe(
      'west-1,east-1,north-1',
    );
    await catalog.locations.suspect(locations[1]?.id ?? 0, 'suspect');
    await catalog.locations.unroute(locations[0]?.id ?? 0, { reason: 'evicted', graceMs: 0 });
    expect(await stores()).toBe('west-1,north-1');
    const image = await catalog.images.get(id, EVERYTHING);
    const { md5, osHashValue, size } = contentOf(id);
    expect(image).toMatchObject({
      status: 'active',
      size,
      checksum: md5,
      osHashValue,
      osHashAlgo: 'sha512',
    });
  });

  it('hides the addresses nodes keep on it, and shows Glance’s other notes', async () => {
    const { catalog } = fixture;
    const { id, revision, updatedAt } = await catalog.images.insert(newImage());
    await catalog.images.setBookkeeping(id, {
      os_glance_stage_host: 'http://gw',
      os_glance_importing_to_stores: 'west-1',
      os_glance_import_task: 't',
    });
    await catalog.images.setBookkeeping(id, { os_glance_import_task: null });
    const shown = JSON.parse((await catalog.images.findJson(id, EVERYTHING, NO_RANKS))?.json ?? '');
    expect(shown).toMatchObject({ os_glance_importing_to_stores: 'west-1' });
    expect(shown).not.toHaveProperty('os_glance_stage_host');
    expect(shown).not.toHaveProperty('os_glance_import_task');
    const image = await catalog.images.get(id, EVERYTHING);
    expect(image).toMatchObject({ revision, updatedAt });
    expect(image.properties).toMatchObject({ os_glance_stage_host: 'http://gw' });
  });
});

describe('an id', () => {
  it('is taken once by creates that race', async () => {
    const image = newImage();
    const { ok, codes } = await outcomes(
      Array.from({ length: 8 }, () => fixture.catalog.images.insertJson(image, NO_RANKS)),
    );
    expect(ok).toBe(1);
    expect(new Set(codes)).toEqual(new Set(['conflict']));
  });

  it('is never used again, also when the image’s row is gone', async () => {
    const { catalog, sql } = fixture;
    const image = newImage();
    await catalog.images.insert(image);
    await catalog.images.remove(image.id, { cause: 'user u1', graceMs: 0 });
    await expect(catalog.images.insert(image)).rejects.toMatchObject({ code: 'conflict' });
    await sql`DELETE FROM image WHERE id = ${image.id}`;
    await expect(catalog.images.insertJson(image, NO_RANKS)).rejects.toMatchObject({
      code: 'conflict',
      message: `Image ID ${image.id} already exists!`,
    });
    const [row] =
      await sql`SELECT cause, deleted_at IS NOT NULL AS deleted FROM image_id WHERE id = ${image.id}`;
    expect(row).toMatchObject({ cause: 'user u1', deleted: true });
  });
});

describe('a change', () => {
  it('sets what is given, clears what is null and leaves the rest', async () => {
    const { catalog } = fixture;
    const before = await catalog.images.insert(
      newImage({ properties: { a: '1' }, tags: ['t'], minDisk: 7 }),
    );
    await catalog.images.setBookkeeping(before.id, { os_glance_failed_import: 'w' });
    const patch = { name: null, protected: true, properties: { b: '2' }, owner: 'p2' };
    const after = await catalog.images.update(before.id, patch);
    expect(after).toMatchObject({
      ...before,
      ...patch,
      properties: { b: '2', os_glance_failed_import: 'w' },
      revision: before.revision + 1,
      updatedAt: expect.any(Date),
    });
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(before.updatedAt.getTime());
    expect(await catalog.images.dueForReconcile(1_000)).toContain(before.id);
  });

  it('of the status happens for one of those who race, and tells the others', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    const { ok, codes } = await outcomes(
      Array.from({ length: 6 }, () => catalog.images.transition(id, ['queued'], 'uploading')),
    );
    expect({ ok, codes: new Set(codes) }).toEqual({ ok: 1, codes: new Set(['conflict']) });
    await expect(
      catalog.images.transition(randomUUID(), ['queued'], 'active'),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await catalog.images.transition(id, ['uploading'], 'queued')).toMatchObject({
      size: null,
    });
  });

  it('refuses a lock that would end at once', async () => {
    const { id } = await fixture.catalog.images.insert(newImage());
    await expect(fixture.catalog.images.lock(id)).rejects.toMatchObject({ code: 'internal' });
  });

  it('loses no update made under the lock', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage({ minRam: 0 }));
    await Promise.all(
      Array.from({ length: 12 }, () =>
        catalog.transaction(async (tx) => {
          const image = await tx.images.lock(id);
          await tx.images.update(id, { minRam: (image?.minRam ?? 0) + 1 });
        }),
      ),
    );
    expect(await catalog.images.get(id, EVERYTHING)).toMatchObject({ minRam: 12, revision: 13 });
  });
});

describe('a delete', () => {
  it('takes everything of the image along at once', async () => {
    const { catalog } = fixture;
    const { id, locations } = await publishImage(catalog, ['east-1']);
    const ask = (storeId: string) =>
      catalog.transfers.request({ imageId: id, storeId, askedBy: 'policy', class: 'policy' });
    const [running, queued] = [await ask('west-1'), await ask('north-1')];
    await catalog.transfers.claim(running.id, 'w', 30_000);
    await catalog.images.remove(id, { cause: 'user', graceMs: 0 });
    expect(await catalog.images.findJson(id, EVERYTHING, NO_RANKS)).toBeUndefined();
    expect(await catalog.locations.listFor(id)).toEqual([]);
    expect(await catalog.locations.get(locations[0]?.id ?? 0)).toMatchObject({
      state: 'deleting',
      reason: 'image_deleted',
    });
    expect(await catalog.transfers.get(running.id)).toMatchObject({ state: 'cancelling' });
    expect(await catalog.transfers.get(queued.id)).toMatchObject({ state: 'superseded' });
    await expect(ask('north-1')).rejects.toMatchObject({ code: 'not_found' });
    await expect(catalog.images.remove(id, { cause: 'user', graceMs: 0 })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(
      (await catalog.locations.claimRemovals(['east-1'], 'w', 1_000, 100)).map((l) => l.id),
    ).toContain(locations[0]?.id);
    expect(await catalog.contents.find(id)).toBeDefined();
    await catalog.locations.forget(locations[0]?.id ?? 0);
    expect(await catalog.contents.find(id)).toBeUndefined();
  });

  it('and a copy that is published at the same time leave nothing routable', async () => {
    const { catalog } = fixture;
    for (let round = 0; round < 20; round += 1) {
      const { id } = await publishImage(catalog, ['east-1']);
      const location = {
        imageId: id,
        storeId: 'west-1',
        proof: 'read',
        askedBy: 'policy',
        purpose: 'copy',
      } as const;
      await Promise.allSettled([
        catalog.locations.insert({ ...location, key: `${id}.race` }),
        catalog.images.remove(id, { cause: 'race', graceMs: 0 }),
      ]);
      expect(await catalog.locations.listFor(id)).toEqual([]);
    }
  });

  it('keeps no content when its last objects go at the same time', async () => {
    const { catalog } = fixture;
    for (let round = 0; round < 5; round += 1) {
      const { id, locations } = await publishImage(catalog, ['east-1', 'west-1', 'north-1']);
      await catalog.images.remove(id, { cause: 'user', graceMs: 0 });
      await Promise.all(locations.map((location) => catalog.locations.forget(location.id)));
      expect(await catalog.contents.find(id)).toBeUndefined();
    }
  });

  it('makes an upload under way lose its lease', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    const { fence } = await catalog.images.takeForWriting(id, ['queued'], 'saving', lease('gw'));
    await catalog.images.remove(id, { cause: 'user', graceMs: 0 });
    expect(await catalog.images.renew(id, { owner: 'gw', fence }, 1_000)).toBe(false);
    await expect(catalog.contents.insert(contentOf(id), [], null)).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(catalog.images.transition(id, ['saving'], 'active')).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});
