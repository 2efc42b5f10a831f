import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment({
  policies: [
    {
      id: 'north-too',
      selector: { tags: ['north'] },
      targets: [{ regions: ['north'], copies: 1 }],
    },
  ],
  config: {
    limits: { image_property_quota: 2, image_tag_quota: -1, image_location_quota: 2 },
  },
});
const bytes = Buffer.from('few bytes');
const tooMany = (what: string, attempted: number, maximum: number): string =>
  `The limit has been exceeded on the number of allowed image ${what}. Attempted: ${attempted}, Maximum: ${maximum}`;
const add = (path: string) => ({ op: 'add', path, value: 'x' });

describe('a limit of the operator', () => {
  it('holds for the properties of a new image and of a patched one', async () => {
    const created = await at.member.post('/v2/images', { a: 'x', b: 'x', c: 'x' });
    expect([created.status, created.object['message']]).toEqual([
      413,
      expect.stringContaining(tooMany('properties', 3, 2)),
    ]);
    const { id } = await at.member.created({ a: 'x', b: 'x' });
    const patched = await at.member.patch(id, [add('/c')]);
    expect([patched.status, patched.object['message']]).toEqual([
      413,
      expect.stringContaining(tooMany('properties', 3, 2)),
    ]);
    const moved = await at.member.patch(id, [{ op: 'remove', path: '/a' }, add('/c'), add('/b')]);
    expect(moved.status).toBe(200);
  });

  it('does not count what an import notes on the image', async () => {
    const id = await at.admin.uploaded(bytes, { fields: { a: 'x' } });
    expect((await at.admin.import(id, { stores: ['west-1'] })).status).toBe(202);
    await at.admin.copied(id, 'west-1');
    expect((await at.admin.patch(id, [add('/b')])).status).toBe(200);
    expect((await at.admin.patch(id, [add('/c')])).status).toBe(413);
  });

  it('may be none', async () => {
    const tags = Array.from({ length: 200 }, (_, i) => `t${i}`);
    const { id } = await at.member.created({ tags });
    expect((await at.member.ask('PUT', `/v2/images/${id}/tags/more`)).status).toBe(204);
  });

  it('holds for copies that are asked for, and not for those of policies', async () => {
    const id = await at.admin.uploaded(bytes, { fields: { tags: ['north'] } });
    await at.admin.copied(id, 'north-1');
    const both = await at.admin.import(id, { stores: ['west-1', 'east-2'] });
    expect([both.status, both.object['message']]).toEqual([
      413,
      expect.stringContaining(tooMany('locations', 3, 2)),
    ]);
    expect((await at.admin.shown(id))['os_glance_import_task']).toBeUndefined();
    expect((await at.admin.import(id, { stores: ['west-1'] })).status).toBe(202);
    await at.admin.copied(id, 'west-1');
    const third = { image: id, store: 'east-2' };
    expect((await at.admin.post('/federation/v1/transfers', third)).status).toBe(413);
    expect((await at.admin.delete(`/v2/stores/west-1/${id}`)).status).toBe(204);
    expect((await at.admin.post('/federation/v1/transfers', third)).status).toBe(202);
  });
});
