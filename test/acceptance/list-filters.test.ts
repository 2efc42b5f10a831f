import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();

async function names(query: string): Promise<readonly unknown[]> {
  const answer = await at.member.get(`/v2/images?${query}`);
  if (answer.status !== 200) throw new Error(`${query} answered ${answer.status}: ${answer.text}`);
  return answer.list('images').map(({ name }) => name);
}

describe('a filter', () => {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const id = randomUUID();
  beforeAll(async () => {
    const common = { tags: ['f'], hw_x: '1' };
    await at.member.created({
      ...common,
      name: 'one',
      id,
      tags: ['f', 'g'],
      min_disk: 3,
      min_ram: 4,
    });
    await at.member.created({
      ...common,
      name: 'a,b',
      disk_format: 'qcow2',
      container_format: 'ovf',
      visibility: 'private',
    });
    await at.member.created({ ...common, name: 'x:y', hw_x: '2', visibility: 'community' });
    await at.member.created({ ...common, name: 'locked', protected: true });
    await at.member.created({ ...common, name: 'hidden', os_hidden: true });
    await at.member.uploaded(Buffer.from('seven77'), { fields: { ...common, name: 'full' } });
  });
  const all = ['one', 'a,b', 'x:y', 'locked', 'full'];

  it.each([
    ['', all],
    ['name=one', ['one']],
    ['name=eq:one', ['one']],
    ['name=in:one,locked', ['one', 'locked']],
    ['name=in:one,%22a,b%22', ['one', 'a,b']],
    ['name=in:%22x:y%22', ['x:y']],
    ['name=none', []],
    [`id=${id}`, ['one']],
    [`id=in:${id},${randomUUID()}`, ['one']],
    ['id=no-uuid', []],
    ['status=queued', ['one', 'a,b', 'x:y', 'locked']],
    ['status=in:active,queued', all],
    ['status=active', ['full']],
    ['disk_format=qcow2', ['a,b']],
    ['container_format=in:ovf,bare', all],
    ['container_format=ovf', ['a,b']],
    ['visibility=private', ['a,b']],
    ['visibility=shared', ['one', 'locked', 'full']],
    ['visibility=community', ['x:y']],
    ['visibility=public', []],
    ['visibility=all', all],
    ['owner=demo', all],
    ['owner=elsewhere', []],
    ['tag=g', ['one']],
    ['tag=g&tag=none', []],
    ['size_min=7', ['full']],
    ['size_min=8', []],
    ['size_max=7', ['full']],
    ['size_max=6', []],
    ['size_min=-1', ['full']],
    ['min_disk_min=3', ['one']],
    ['min_ram_max=-1', []],
    ['size=7', ['full']],
    ['min_disk=3', ['one']],
    ['min_ram=4', ['one']],
    ['checksum=d41d8cd98f00b204e9800998ecf8427e', []],
    ['os_hash_algo=sha512', ['full']],
    ['os_hash_value=00', []],
    ['os_hidden=true', ['hidden']],
    ['os_hidden=True', ['hidden']],
    ['os_hidden=false', all],
    ['protected=true', ['locked']],
    ['protected=True', ['locked']],
    ['protected=false', ['one', 'a,b', 'x:y', 'full']],
    ['hw_x=2', ['x:y']],
    ['hw_x=3', []],
    ['hw_y=1', []],
    ['is_public=true', []],
    ['page_size=2', []],
    ['deleted=true', all],
    [`created_at=gt:${since}`, all],
    [`created_at=gte:${since}&updated_at=lt:${later}`, all],
    [`created_at=lt:${since}`, []],
    [`updated_at=lte:${since}`, []],
    [`created_at=neq:${since}`, all],
    [`created_at=eq:${since}`, []],
    [`created_at=${since}`, []],
    ['member_status=accepted', all],
    ['member_status=all', all],
    ['name=none&name=one', ['one']],
  ])('of %s finds what it says', async (query, expected) => {
    expect(await names(`tag=f&sort=created_at:asc&${query}`)).toEqual(expected);
  });

  it("of an image's own time finds it", async () => {
    const { created_at: created } = await at.member.shown(id);
    expect(await names(`id=${id}&created_at=${String(created)}`)).toEqual(['one']);
    expect(await names(`id=${id}&created_at=eq:${String(created)}`)).toEqual(['one']);
    expect(await names(`id=${id}&created_at=neq:${String(created)}`)).toEqual([]);
  });

  it('is kept in the links of the page', async () => {
    const { object } = await at.member.get('/v2/images?tag=f&name=in:one,%22a,b%22&limit=1');
    const pages = await at.member.idsByPage(String(object['first']));
    expect(pages.flat()).toHaveLength(2);
  });
});

describe('a bad query is answered 400', () => {
  it.each([
    'limit=-1',
    'limit=a',
    'limit=1.5',
    'limit=%00',
    'marker=nothing',
    `marker=${randomUUID()}`,
    'sort=colour',
    'sort=name:up',
    'sort=name:asc:desc',
    'sort_key=colour',
    'sort_key=name&sort_dir=up',
    'sort_key=name&sort_key=size&sort_key=id&sort_dir=asc&sort_dir=desc',
    'sort=name&sort_key=name',
    'sort=name&sort_dir=asc',
    'name=gt:x',
    'name=in:%22x',
    'status=like:x',
    'created_at=yesterday',
    'created_at=about:2020-01-01T00:00:00Z',
    'created_at=2020-02-31T00:00:00Z',
    'updated_at=gt:',
    'size_min=a',
    'size_max=1.5',
    'colour_max=2',
    'visibility=secret',
    'member_status=maybe',
    'os_hidden=1',
    'protected=maybe',
    'min_disk=a',
    'size=99999999999999999999',
    'min_ram=4294967296',
    'changes-since=2020-01-01T00:00:00Z',
    'locations=x',
    'members=x',
    'tag=%00',
    'name=%00',
    'hw_x=%00',
  ])('%s', async (query) => {
    expect((await at.member.get(`/v2/images?${query}`)).status).toBe(400);
  });
});
