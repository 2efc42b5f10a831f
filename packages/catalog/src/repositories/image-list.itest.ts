import { type ImageQuery, type Scope, SORT_KEYS } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CatalogFixture,
  EVERYTHING,
  NO_RANKS,
  newImage,
  openFixture,
} from './catalog.fixture.ts';

let fixture: CatalogFixture;
const NEWEST: ImageQuery = {
  limit: 25,
  sort: [{ key: 'created_at', direction: 'desc' }],
  osHidden: false,
};
const project = (projectId: string): Scope => ({ kind: 'project', projectId });

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

async function page(query: Partial<ImageQuery>, scope: Scope) {
  const { json, next } = await fixture.catalog.images.listJson(
    { ...NEWEST, ...query },
    scope,
    NO_RANKS,
  );
  const images: { id: string; name: string | null }[] = JSON.parse(json);
  return { images, next };
}

async function walk(query: Partial<ImageQuery>, scope: Scope, between?: () => Promise<void>) {
  const ids: string[] = [];
  for (let marker: string | undefined; ; ) {
    const at = marker === undefined ? {} : { marker };
    const { images, next } = await page({ ...query, ...at }, scope);
    ids.push(...images.map(({ id }) => id));
    if (next === undefined) return ids;
    await between?.();
    marker = next;
  }
}

describe('a walk', () => {
  const owner = 'walker';
  let ids: string[];

  beforeAll(async () => {
    const { catalog, sql } = fixture;
    const images = Array.from({ length: 40 }, (_, n) =>
      newImage({
        owner,
        name: n % 4 === 0 ? null : `name-${n % 3}`,
        diskFormat: n % 5 === 0 ? null : 'raw',
        containerFormat: n % 2 === 0 ? null : 'bare',
        visibility: n % 3 === 0 ? 'public' : 'private',
      }),
    );
    for (const image of images) await catalog.images.insert(image);
    ids = images.map(({ id }) => id).sort();
    // Ties everywhere: created in three instants, sizes present, equal and absent.
    await sql`UPDATE image SET size = CASE WHEN hashtext(id) % 3 = 0 THEN NULL ELSE abs(hashtext(id) % 3) END,
      created_at = timestamptz '2026-01-01 00:00:00.123456Z' + abs(hashtext(id) % 3) * interval '1 us',
      updated_at = timestamptz '2026-01-01' + abs(hashtext(id) % 2) * interval '1 us' WHERE owner = ${owner}`;
  });

  const single = SORT_KEYS.flatMap((key) => [
    [{ key, direction: 'asc' as const }],
    [{ key, direction: 'desc' as const }],
  ]);
  const several = [
    [
      { key: 'name' as const, direction: 'asc' as const },
      { key: 'size' as const, direction: 'desc' as const },
    ],
    [
      { key: 'disk_format' as const, direction: 'desc' as const },
      { key: 'container_format' as const, direction: 'asc' as const },
      { key: 'id' as const, direction: 'asc' as const },
    ],
    [],
  ];

  it.each([...single, ...several].map((sort) => ({ sort })))(
    'meets every image once, in order, sorted by $sort',
    async ({ sort }) => {
      for (const scope of [project(owner), EVERYTHING]) {
        const inPages = await walk({ sort, owner, limit: 3 }, scope);
        const atOnce = await walk({ sort, owner, limit: 1000 }, scope);
        expect([...inPages].sort()).toEqual(ids);
        expect(inPages).toEqual(atOnce);
      }
    },
  );

  it('sorts by the key and puts what has no value first', async () => {
    const { images } = await page({ sort: [{ key: 'name', direction: 'asc' }], owner }, EVERYTHING);
    const names = images.map(({ name }) => name ?? '');
    expect(names).toEqual([...names].sort());
    expect(names[0]).toBe('');
  });

  it('meets every image once while others are created and deleted', async () => {
    const { catalog } = fixture;
    const made: string[] = [];
    const between = async () => {
      const { id } = await catalog.images.insert(newImage({ owner: 'walker', name: 'later' }));
      made.push(id);
      const [old] = made.splice(0, made.length > 2 ? 1 : 0);
      if (old !== undefined) await catalog.images.remove(old, { cause: 'test', graceMs: 0 });
    };
    for (const key of ['created_at', 'name', 'id'] as const) {
      const sort = [{ key, direction: 'asc' as const }];
      const met = await walk({ sort, owner, limit: 4 }, project(owner), between);
      expect(new Set(met).size).toBe(met.length);
      expect(met).toEqual(expect.arrayContaining(ids));
    }
  });

  it('goes on behind a marker that was deleted meanwhile', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage({ owner: 'w2' }));
    const other = await catalog.images.insert(newImage({ owner: 'w2' }));
    await catalog.images.remove(other.id, { cause: 'test', graceMs: 0 });
    const { images } = await page({ marker: other.id, owner: 'w2' }, project('w2'));
    expect(images.map((image) => image.id)).toEqual([id]);
  });

  it('says what follows only for a full page', async () => {
    expect((await page({ limit: 0, owner }, EVERYTHING)).images).toEqual([]);
    expect((await page({ limit: 0, owner }, EVERYTHING)).next).toBeUndefined();
    expect((await page({ limit: 1000, owner }, EVERYTHING)).next).toBeUndefined();
    const { images, next } = await page({ limit: 5, owner }, EVERYTHING);
    expect(next).toBe(images[4]?.id);
  });
});

describe('visibility', () => {
  const names = new Map<string, string>();

  beforeAll(async () => {
    const { catalog, sql } = fixture;
    for (const owner of ['v-a', 'v-b']) {
      for (const visibility of ['public', 'private', 'shared', 'community'] as const) {
        const image = await catalog.images.insert(newImage({ owner, visibility, tags: ['vis'] }));
        names.set(image.id, `${owner.at(-1)}:${visibility}`);
      }
    }
    for (const status of ['accepted', 'pending', 'rejected']) {
      const image = newImage({ owner: 'v-b', tags: ['vis'] });
      await catalog.images.insert(image);
      names.set(image.id, `b:shared-${status}`);
      await sql`INSERT INTO image_member (image_id, member, status, image_created_at)
        SELECT id, 'v-a', ${status}, created_at FROM image WHERE id = ${image.id}`;
    }
    const hidden = await catalog.images.insert(
      newImage({ owner: 'v-a', osHidden: true, tags: ['vis'] }),
    );
    names.set(hidden.id, 'a:hidden');
  });

  async function seen(query: Partial<ImageQuery>, scope: Scope): Promise<string[]> {
    const { images } = await page({ tags: ['vis'], ...query }, scope);
    return images.map(({ id }) => names.get(id) ?? id).sort();
  }
  const OWN = ['a:community', 'a:private', 'a:public', 'a:shared'];

  it.each<[Partial<ImageQuery>, string[]]>([
    [{}, [...OWN, 'b:public', 'b:shared-accepted']],
    [{ owner: 'v-a' }, OWN],
    [{ owner: 'v-a', visibility: 'all' }, OWN],
    [{ owner: 'v-a', visibility: 'private' }, ['a:private']],
    [{ owner: 'v-a', visibility: 'shared' }, ['a:shared']],
    [{ owner: 'v-a', visibility: 'public' }, ['a:public']],
    [{ owner: 'v-a', visibility: 'community' }, ['a:community']],
    [{ memberStatus: 'pending' }, [...OWN, 'b:public', 'b:shared-pending']],
    [
      { memberStatus: 'all' },
      [...OWN, 'b:public', 'b:shared-accepted', 'b:shared-pending', 'b:shared-rejected'],
    ],
    [{ visibility: 'all' }, [...OWN, 'b:community', 'b:public', 'b:shared-accepted']],
    [{ visibility: 'public' }, ['a:public', 'b:public']],
    [{ visibility: 'community' }, ['a:community', 'b:community']],
    [{ visibility: 'private' }, ['a:private']],
    [{ visibility: 'shared' }, ['a:shared', 'b:shared-accepted']],
    [{ owner: 'v-b' }, ['b:public', 'b:shared-accepted']],
    [{ osHidden: true }, ['a:hidden']],
  ])('of a project with %j', async (query, expected) => {
    expect(await seen(query, project('v-a'))).toEqual([...expected].sort());
  });

  it('of an administrator leaves out only what other projects share with everybody who looks', async () => {
    const all = [...names.values()].filter((name) => name !== 'a:hidden').sort();
    expect(await seen({ visibility: 'all' }, EVERYTHING)).toEqual(all);
    expect(await seen({}, EVERYTHING)).toEqual(all.filter((name) => !name.includes('community')));
    expect(await seen({}, { kind: 'all', projectId: 'v-a' })).toEqual(
      all.filter((name) => name !== 'b:community'),
    );
    expect(await seen({ visibility: 'community' }, EVERYTHING)).toEqual([
      'a:community',
      'b:community',
    ]);
  });

  it('refuses a marker that is unknown or invisible in the same words', async () => {
    const foreign = [...names].find(([, name]) => name === 'b:private')?.[0] ?? '';
    const errors = await Promise.all(
      [foreign, '00000000-0000-4000-8000-000000000000'].map((marker) =>
        page({ marker }, project('v-a')).catch((error: unknown) => error),
      ),
    );
    expect(errors[0]).toMatchObject({ code: 'invalid_request' });
    expect(errors[0]).toEqual(errors[1]);
    expect((await page({ marker: foreign, tags: ['vis'] }, EVERYTHING)).images).toBeDefined();
  });

  it('hides deleted and killed images', async () => {
    const { catalog, sql } = fixture;
    const { id } = await catalog.images.insert(newImage({ owner: 'v-k' }));
    const killed = await catalog.images.insert(newImage({ owner: 'v-k' }));
    await catalog.images.remove(id, { cause: 'test', graceMs: 0 });
    await sql`UPDATE image SET status = 'killed' WHERE id = ${killed.id}`;
    expect((await page({ owner: 'v-k' }, project('v-k'))).images).toEqual([]);
    expect(await catalog.images.find(id, EVERYTHING)).toBeUndefined();
  });
});

describe('filters', () => {
  let id: string;

  beforeAll(async () => {
    const { catalog, sql } = fixture;
    const image = newImage({
      owner: 'f',
      name: 'a,"b\\',
      minRam: 512,
      tags: ['x', 'y'],
      protected: true,
      properties: { os_distro: 'debian', 'we"ird': '{}' },
    });
    ({ id } = await catalog.images.insert(image));
    await catalog.images.insert(newImage({ owner: 'f', name: null, tags: ['x'] }));
    await catalog.images.setBookkeeping(id, { os_glance_failed_import: 'west' });
    await sql`UPDATE image SET size = 9, created_at = '2026-02-03 04:05:06.7Z' WHERE id = ${id}`;
  });

  const at = new Date('2026-02-03T04:05:06Z');
  it.each<Partial<ImageQuery>>([
    { in: { name: ['a,"b\\'] } },
    { in: { name: ['nope', 'a,"b\\'], status: ['queued'] }, protected: true },
    { createdAt: [{ op: 'eq', at }] },
    { createdAt: [{ op: 'lte', at }] },
    { atLeast: { size: 9 }, atMost: { size: 9, min_ram: 2147483647 } },
    { tags: ['y', 'x'] },
    { protected: true },
    { equals: { min_ram: 512, size: 9 } },
    { properties: { os_distro: 'debian', 'we"ird': '{}' } },
    { properties: { os_glance_failed_import: 'west' } },
  ])('find the image with %j', async (query) => {
    const { images } = await page({ owner: 'f', ...query }, project('f'));
    expect(images.map((image) => image.id)).toEqual([id]);
  });

  it.each<Partial<ImageQuery>>([
    { in: { name: [''] } },
    { in: { id: [] } },
    {
      createdAt: [
        { op: 'eq', at },
        { op: 'neq', at },
      ],
    },
    { tags: ['x', 'z'] },
    { properties: { os_distro: 'Debian' } },
    { equals: { os_hash_value: 'ab' } },
  ])('find nothing with %j', async (query) => {
    expect((await page({ owner: 'f', ...query }, project('f'))).images).toEqual([]);
  });
});
