import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('an empty create', () => {
  it("makes a queued image with all of Glance's defaults, owned by the caller's project", async () => {
    const answer = await at.member.post('/v2/images', {});
    expect(answer.status).toBe(201);
    const image = answer.object;
    const id = String(image['id']);
    expect(id).toMatch(UUID);
    expect(image).toEqual({
      id,
      name: null,
      status: 'queued',
      visibility: 'shared',
      protected: false,
      os_hidden: false,
      owner: 'demo',
      disk_format: null,
      container_format: null,
      min_disk: 0,
      min_ram: 0,
      size: null,
      virtual_size: null,
      checksum: null,
      os_hash_algo: null,
      os_hash_value: null,
      created_at: expect.stringMatching(TIME),
      updated_at: expect.stringMatching(TIME),
      tags: [],
      self: `/v2/images/${id}`,
      file: `/v2/images/${id}/file`,
      schema: '/v2/schemas/image',
    });
  });

  it('says where the image is, and what it can be imported with and into', async () => {
    const { headers, object } = await at.member.post('/v2/images', {});
    expect(headers).toMatchObject({
      location: `${at.gateway.url}/v2/images/${object['id']}`,
      'openstack-image-import-methods': expect.stringMatching(/(^|,)copy-image(,|$)/),
      'openstack-image-store-ids': 'east-1,east-2,west-1,north-1',
    });
  });

  it('is shown exactly as it was answered', async () => {
    const { object } = await at.member.post('/v2/images', {});
    expect((await at.member.get(`/v2/images/${object['id']}`)).object).toEqual(object);
  });
});

describe('a full create', () => {
  const fields = {
    name: 'Fedora 42 – größer',
    visibility: 'private',
    protected: true,
    os_hidden: true,
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: 10,
    min_ram: 2_147_483_647,
    tags: ['ä', 'with space', 'a/b'],
    hw_disk_bus: 'scsi',
    description: '',
    kernel_id: '0a0a0a0a-0b0b-0c0c-0d0d-0e0e0e0e0e0e',
    'owner_specified.openstack.md5': 'abc',
    __proto__x: 'harmless',
  };

  it('keeps every attribute, property and tag', async () => {
    const image = await at.member.created(fields);
    const { tags, ...rest } = fields;
    expect(image).toMatchObject(rest);
    expect(image['tags']).toEqual(expect.arrayContaining(tags));
    expect(await at.member.shown(image.id)).toEqual(image);
  });

  it('takes names that JavaScript treats in a special way as they are', async () => {
    const body = '{"__proto__":"p","constructor":"c","toString":"t","hasOwnProperty":"h"}';
    const answer = await at.member.ask('POST', '/v2/images', { body });
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('"__proto__"');
    expect(answer.object).toMatchObject({ constructor: 'c', toString: 't', hasOwnProperty: 'h' });
  });

  it('does not look at the content type', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await at.member.ask('POST', '/v2/images', { body: '{"name":"n"}', headers });
    expect([answer.status, answer.object['name']]).toEqual([201, 'n']);
  });

  it('keeps equal tags once', async () => {
    const image = await at.member.created({ tags: ['a', 'b', 'a'] });
    expect([...(image['tags'] as string[])].sort()).toEqual(['a', 'b']);
  });

  it("uses the client's id, once", async () => {
    const id = randomUUID();
    expect((await at.member.created({ id })).id).toBe(id);
    const again = await at.member.post('/v2/images', { id });
    expect([again.status, again.text]).toEqual([
      409,
      expect.stringContaining(`Image ID ${id} already exists!`),
    ]);
  });

  it('never uses the id of a deleted image again', async () => {
    const { id } = await at.member.created();
    expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
    expect((await at.member.post('/v2/images', { id })).status).toBe(409);
  });

  it('gives an id to one of several that ask for it at once', async () => {
    const id = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => at.member.post('/v2/images', { id })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
  });
});

describe('a refused create', () => {
  it.each([
    'status',
    'checksum',
    'size',
    'virtual_size',
    'created_at',
    'updated_at',
    'direct_url',
    'self',
    'file',
    'schema',
    'stores',
    'os_hash_algo',
    'os_hash_value',
  ])('is 403 for the read-only attribute %s', async (name) => {
    const answer = await at.admin.post('/v2/images', { [name]: 'x' });
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining(`Attribute '${name}' is read-only.`),
    ]);
  });

  it.each([
    'location',
    'deleted',
    'deleted_at',
    'locations',
    'os_glance_x',
    'os_glance_import_task',
  ])('is 403 for the reserved attribute %s', async (name) => {
    const answer = await at.admin.post('/v2/images', { [name]: 'x' });
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining(`Attribute '${name}' is reserved.`),
    ]);
  });

  it.each([
    ['an unknown disk format', { disk_format: 'floppy' }],
    ['an unknown container format', { container_format: 'bucket' }],
    ['an unknown visibility', { visibility: 'secret' }],
    ['an id that is none', { id: 'not-a-uuid' }],
    ['an id that is a number', { id: 5 }],
    ['a name of 256 characters', { name: 'n'.repeat(256) }],
    ['a name that is a number', { name: 1 }],
    ['a tag of 256 characters', { tags: ['t'.repeat(256)] }],
    ['tags that are no list', { tags: 'a,b' }],
    ['tags that are no text', { tags: [1] }],
    ['a flag that is text', { protected: 'true' }],
    ['a hidden flag that is text', { os_hidden: 'yes' }],
    ['a size in text', { min_disk: '10' }],
    ['a fraction', { min_ram: 1.5 }],
    ['a number as property', { hw_cpu: 1 }],
    ['null as property', { hw_cpu: null }],
    ['an object as property', { hw_cpu: { a: 'b' } }],
    ['a kernel that is no id', { kernel_id: 'vmlinuz' }],
    ['an owner of 256 characters', { owner: 'o'.repeat(256) }],
  ])('is 400 for %s', async (_, body) => {
    const answer = await at.admin.post('/v2/images', body);
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining("Provided object does not match schema 'image'"),
    ]);
  });

  it.each([
    ['a property name of 256 characters', { ['p'.repeat(256)]: 'x' }],
    ['four-byte characters in a name', { name: '🚀' }],
    ['four-byte characters in a property', { fuel: '🚀' }],
    ['four-byte characters in a property name', { '🚀': 'x' }],
    ['four-byte characters in a tag', { tags: ['🚀'] }],
    ['a negative number', { min_disk: -1 }],
    ['a number beyond 32 bits', { min_ram: 2_147_483_648 }],
    ['NUL in a value', { name: 'a\0b' }],
    ['NUL in a property name', { 'a\0b': 'x' }],
    ['NUL in a tag', { tags: ['\0'] }],
    ['a list for a body', []],
  ])('is 400 for %s', async (_, body) => {
    expect((await at.admin.post('/v2/images', body)).status).toBe(400);
  });

  it('is 413 for more than 128 properties, and 201 for 128', async () => {
    const properties = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, 'x']));
    expect((await at.member.post('/v2/images', properties(128))).status).toBe(201);
    const answer = await at.member.post('/v2/images', properties(129));
    expect([answer.status, answer.text]).toEqual([
      413,
      expect.stringContaining('Attempted: 129, Maximum: 128'),
    ]);
  });

  it('is 413 for more than 128 tags, and 201 for 128', async () => {
    const tags = Array.from({ length: 129 }, (_, i) => `t${i}`);
    expect((await at.member.post('/v2/images', { tags: tags.slice(1) })).status).toBe(201);
    expect((await at.member.post('/v2/images', { tags })).status).toBe(413);
  });

  it('is 403 for a reader and for somebody without a role', async () => {
    expect((await at.reader.post('/v2/images', {})).status).toBe(403);
    expect((await at.nobody.post('/v2/images', {})).status).toBe(403);
  });

  it('is 403 for a public image of a member, and 201 for one of an admin', async () => {
    const answer = await at.member.post('/v2/images', { visibility: 'public' });
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining('You are not authorized to complete publicize_image action.'),
    ]);
    expect((await at.admin.post('/v2/images', { visibility: 'public' })).status).toBe(201);
    expect((await at.member.post('/v2/images', { visibility: 'community' })).status).toBe(201);
  });

  it.each([['elsewhere'], [null]])('is 403 for the owner %s given by a member', async (owner) => {
    const answer = await at.member.post('/v2/images', { owner });
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining('You are not permitted to create images owned by'),
    ]);
  });

  it.each([['elsewhere'], [null]])('is 201 for the owner %s given by an admin', async (owner) => {
    const answer = await at.admin.post('/v2/images', { owner });
    expect([answer.status, answer.object['owner']]).toEqual([201, owner]);
  });
});
