import { beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();

async function names(query: string): Promise<readonly unknown[]> {
  const answer = await at.member.get(`/v2/images?${query}`);
  if (answer.status !== 200) throw new Error(`${query} answered ${answer.status}: ${answer.text}`);
  return answer.list('images').map(({ name }) => name);
}

describe('paging', () => {
  const ids: string[] = [];
  beforeAll(async () => {
    for (let i = 0; i < 7; i += 1) {
      ids.push((await at.member.created({ name: `page ${i}`, tags: ['page', 'odd page'] })).id);
    }
  });

  it.each([1, 2, 3, 7, 8])('in steps of %d shows every image once, newest first', async (limit) => {
    const pages = await at.member.idsByPage(`/v2/images?tag=page&limit=${limit}`);
    expect(pages.flat()).toEqual([...ids].reverse());
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
  });

  it('shows every image that stays once, while others come and go', async () => {
    const passing: string[] = [];
    const seen: string[] = [];
    let path: string | undefined = '/v2/images?tag=page&limit=2&sort=name:asc';
    while (path !== undefined) {
      const answer = await at.member.get(path);
      seen.push(...answer.list('images').map(({ id }) => String(id)));
      const next: unknown = answer.object['next'];
      path = typeof next === 'string' ? next : undefined;
      const gone = passing.pop();
      if (gone !== undefined) await at.member.delete(`/v2/images/${gone}`);
      passing.push(
        (await at.member.created({ name: `page ${passing.length}5`, tags: ['page'] })).id,
      );
    }
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
    for (const id of passing) await at.member.delete(`/v2/images/${id}`);
  });

  it('goes on behind a marker that was deleted meanwhile', async () => {
    const { id } = await at.member.created({ name: 'page 99', tags: ['page'] });
    const { object } = await at.member.get('/v2/images?tag=page&limit=1');
    expect(object['next']).toContain(`marker=${id}`);
    await at.member.delete(`/v2/images/${id}`);
    expect((await at.member.idsByPage(String(object['next']))).flat()).toEqual([...ids].reverse());
  });

  it('keeps repeated keys and encoded text in its links', async () => {
    const answer = await at.member.get(
      '/v2/images?tag=page&tag=odd%20page&limit=1&sort_key=name&sort_key=size&sort_dir=asc&sort_dir=desc',
    );
    for (const link of [answer.object['first'], answer.object['next']]) {
      const query = new URL(String(link), 'http://x').searchParams;
      expect(query.getAll('tag')).toEqual(['page', 'odd page']);
      expect(query.getAll('sort_key')).toEqual(['name', 'size']);
      expect(query.getAll('sort_dir')).toEqual(['asc', 'desc']);
    }
    expect(String(answer.object['first'])).not.toContain('marker');
  });

  it('offers `next` when and only when the page is full', async () => {
    expect((await at.member.get('/v2/images?tag=page&limit=7')).object).toHaveProperty('next');
    expect((await at.member.get('/v2/images?tag=page&limit=8')).object).not.toHaveProperty('next');
  });

  it('answers limit=0 with an empty page', async () => {
    const { status, object } = await at.member.get('/v2/images?limit=0');
    expect([status, object['images']]).toEqual([200, []]);
    expect(object).not.toHaveProperty('next');
  });

  it('has pages of 25 by default, of 1000 at most, and links without a host', async () => {
    const { object } = await at.member.get('/v2/images');
    expect(object).toMatchObject({ first: '/v2/images', schema: '/v2/schemas/images' });
    expect((await at.member.get('/v2/images?limit=5000')).status).toBe(200);
    const many = Array.from({ length: 26 }, () => at.member.created({ tags: ['many'] }));
    await Promise.all(many);
    const pages = await at.member.idsByPage('/v2/images?tag=many');
    expect(pages.map(({ length }) => length)).toEqual([25, 1]);
  });

  it('may begin behind any image that the caller sees', async () => {
    const [first] = ids;
    expect(await names(`tag=page&marker=${ids[3]}&sort=name:asc`)).toEqual([
      'page 4',
      'page 5',
      'page 6',
    ]);
    expect(await names(`tag=page&marker=${first}`)).toEqual([]);
  });
});

describe('the order', () => {
  const unordered = [
    { name: 'b', disk_format: 'raw', container_format: 'bare' },
    { name: 'a', disk_format: 'qcow2', container_format: 'ovf' },
    { name: null, disk_format: null, container_format: null },
    { name: 'c', disk_format: 'raw', container_format: 'bare' },
  ];
  beforeAll(async () => {
    for (const fields of unordered) await at.member.created({ ...fields, tags: ['order'] });
    const { id } = await at.member.created({ name: 'd', tags: ['order'] });
    await at.member.upload(id, Buffer.from('seven77'));
  });

  it('is newest first by default', async () => {
    expect(await names('tag=order')).toEqual(['d', 'c', null, 'a', 'b']);
  });

  it.each([
    ['sort=name:asc', [null, 'a', 'b', 'c', 'd']],
    ['sort=created_at:asc', ['b', 'a', null, 'c', 'd']],
    ['sort_key=created_at&sort_dir=asc', ['b', 'a', null, 'c', 'd']],
    ['sort_key=name', ['d', 'c', 'b', 'a', null]],
    ['sort=disk_format:desc,name:asc&name=in:a,b,c', ['b', 'c', 'a']],
    [
      'sort_key=disk_format&sort_key=name&sort_dir=desc&sort_dir=asc&name=in:a,b,c',
      ['b', 'c', 'a'],
    ],
    ['sort=container_format:asc,name:desc&name=in:a,b,c', ['c', 'b', 'a']],
    ['sort=status:asc,name:asc&name=in:a,d', ['d', 'a']],
    ['sort=size&size_min=1', ['d']],
  ])('is as asked for with %s', async (query, expected) => {
    expect(await names(`tag=order&${query}`)).toEqual(expected);
  });

  it.each([
    'name',
    'status',
    'container_format',
    'disk_format',
    'size',
    'id',
    'created_at',
    'updated_at',
  ])('by %s is walked page by page without loss or repetition, both ways', async (key) => {
    for (const direction of ['asc', 'desc']) {
      const whole = await at.member.idsByPage(
        `/v2/images?tag=order&sort=${key}:${direction}&limit=100`,
      );
      const steps = await at.member.idsByPage(
        `/v2/images?tag=order&sort=${key}:${direction}&limit=2`,
      );
      expect(steps.flat()).toEqual(whole.flat());
      expect(new Set(steps.flat()).size).toBe(5);
    }
  });
});
