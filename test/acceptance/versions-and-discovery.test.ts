import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { RawExchange } from '../support/raw-exchange.ts';

const at = useDeployment({
  stores: [
    { id: 'west-1', region: 'west', more: { default: true } },
    { id: 'east-1', region: 'east', more: { description: 'fast disks' } },
    { id: 'east-2', region: 'east', more: { default: true, weight: 7 } },
    { id: 'old', region: 'east', more: { read_only: true } },
  ],
});

describe('the version list', () => {
  it.each(['/', '/foo', '/v1/images', '/v3'])(
    'is answered 300 for %s without a token',
    async (path) => {
      const answer = await at.anyone.get(path);
      expect([answer.status, answer.headers['content-type']]).toEqual([300, 'application/json']);
      expect(answer.list('versions').length).toBeGreaterThan(10);
    },
  );

  it('is answered 200 for /versions, newest first, with one CURRENT and links to /v2/', async () => {
    const answer = await at.anyone.get('/versions');
    expect(answer.status).toBe(200);
    const versions = answer.list('versions');
    const minors = versions.map(({ id }) => Number(String(id).replace('v2.', '')));
    expect(minors).toEqual([...minors].sort((a, b) => b - a));
    expect(minors).toEqual(expect.arrayContaining([0, 2, 9, 12, 13]));
    const states = versions.map(({ status }) => status);
    expect(states.filter((status) => status === 'CURRENT')).toHaveLength(1);
    expect(states.every((status) => status === 'CURRENT' || status === 'SUPPORTED')).toBe(true);
    for (const { links } of versions) {
      expect(links).toEqual([{ rel: 'self', href: `${at.gateway.url}/v2/` }]);
    }
  });

  it('takes its links from the Host that the client asked', async () => {
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send('GET /versions HTTP/1.1\r\nHost: images.example:9292\r\n\r\n');
    await exchange.until('body', () => exchange.text.includes(']}'));
    exchange.end();
    expect(exchange.text).toContain('http://images.example:9292/v2/');
  });

  it('believes X-Forwarded-Proto of a trusted proxy', async () => {
    const answer = await at.anyone.get('/versions', { 'x-forwarded-proto': 'https' });
    expect(answer.text).toContain('"https://127.0.0.1:');
  });

  it.each(['v2.0', 'v2.9', 'v2.13', 'v2.17'])(
    'lets clients use %s as another name of v2',
    async (version) => {
      expect((await at.member.get(`/${version}/images`)).status).toBe(200);
    },
  );

  it('lets old clients name the version by media type', async () => {
    const accept = 'application/vnd.openstack.images-v2';
    expect((await at.member.get('/images', { accept })).status).toBe(200);
  });

  it.each(['/v2', '/v2/'])('hides behind %s: 401 without a token, 404 with one', async (path) => {
    expect((await at.anyone.get(path)).status).toBe(401);
    expect((await at.member.get(path)).status).toBe(404);
  });

  it('is not answered for a version that was never published', async () => {
    expect((await at.member.get('/v2.99/images')).status).toBe(300);
  });
});

describe('every request', () => {
  it('needs a token, and says where tokens come from', async () => {
    const answer = await at.anyone.get('/v2/images');
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Keystone/);
  });

  it('is refused with an unknown token, whatever identity its headers claim', async () => {
    const stranger = at.client('no-such-token');
    const claims = { 'x-identity-status': 'Confirmed', 'x-roles': 'admin', 'x-user-id': 'root' };
    expect((await stranger.get('/v2/images', claims)).status).toBe(401);
    expect((await at.anyone.get('/v2/images', claims)).status).toBe(401);
  });

  it('gets a request id, or its own one back', async () => {
    const fresh = await at.member.get('/v2/images');
    expect(fresh.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
    const own = await at.member.get('/v2/images', { 'x-openstack-request-id': 'req-abc.1' });
    expect(own.headers['x-openstack-request-id']).toBe('req-abc.1');
    const bare = await at.member.get('/v2/images', { 'x-openstack-request-id': 'abc' });
    expect(bare.headers['x-openstack-request-id']).toBe('req-abc');
  });

  it('with a request id beyond 64 characters is answered 431', async () => {
    const headers = { 'x-openstack-request-id': `req-${'a'.repeat(64)}` };
    expect((await at.member.get('/v2/images', headers)).status).toBe(431);
  });
});

describe('discovery', () => {
  it('lists the import methods to any user', async () => {
    const answer = await at.reader.get('/v2/info/import');
    expect([answer.status, answer.object]).toEqual([
      200,
      {
        'import-methods': {
          description: 'Import methods available.',
          type: 'array',
          value: expect.arrayContaining(['copy-image']),
        },
      },
    ]);
  });

  it('lists the stores in order of definition, with flags as text', async () => {
    const answer = await at.reader.get('/v2/info/stores');
    expect([answer.status, answer.object]).toEqual([
      200,
      {
        stores: [
          { id: 'west-1' },
          { id: 'east-1', description: 'fast disks' },
          { id: 'east-2', default: 'true' },
          { id: 'old', 'read-only': 'true' },
        ],
      },
    ]);
  });

  it('names the default store of the region that asks', async () => {
    const answer = await at.reader.get('/v2/info/stores', { 'x-parallax-region': 'west' });
    const defaults = answer.list('stores').filter((store) => 'default' in store);
    expect(defaults).toEqual([{ id: 'west-1', default: 'true' }]);
  });

  it('ignores a region that no deployment knows', async () => {
    const answer = await at.reader.get('/v2/info/stores', { 'x-parallax-region': 'atlantis' });
    const defaults = answer.list('stores').filter((store) => 'default' in store);
    expect(defaults).toEqual([{ id: 'east-2', default: 'true' }]);
  });

  it('shows type and weight of stores to admins only', async () => {
    const answer = await at.admin.get('/v2/info/stores/detail');
    expect(answer.status).toBe(200);
    expect(answer.list('stores')[2]).toMatchObject({
      id: 'east-2',
      type: 'file',
      weight: 7,
      properties: expect.any(Object),
    });
    expect((await at.member.get('/v2/info/stores/detail')).status).toBe(403);
    expect(answer.text).not.toContain(at.stack.dir);
  });

  it('answers the usage of a deployment without quotas with an empty object', async () => {
    const answer = await at.member.get('/v2/info/usage');
    expect([answer.status, answer.object]).toEqual([200, { usage: {} }]);
    expect((await at.member.post('/v2/info/usage', {})).status).toBe(404);
  });

  it('refuses a body where none is expected', async () => {
    const answer = await at.member.ask('GET', '/v2/info/import', { body: 'x' });
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining('A body is not expected with this request.'),
    ]);
  });
});

describe('the schemas', () => {
  it('describe an image as glanceclient reads it', async () => {
    const answer = await at.member.get('/v2/schemas/image');
    expect(answer.status).toBe(200);
    expect(answer.object).toMatchObject({
      name: 'image',
      additionalProperties: { type: 'string' },
      properties: {
        id: { type: 'string', pattern: expect.any(String) },
        status: { readOnly: true, enum: expect.arrayContaining(['queued', 'active']) },
        visibility: { enum: expect.arrayContaining(['public', 'private', 'shared', 'community']) },
        disk_format: {
          type: ['null', 'string'],
          enum: expect.arrayContaining([null, 'raw', 'qcow2']),
        },
        kernel_id: { is_base: false },
      },
    });
  });

  it('describe a list of images', async () => {
    const answer = await at.member.get('/v2/schemas/images');
    expect(answer.object).toMatchObject({
      name: 'images',
      properties: { images: { type: 'array', items: { name: 'image' } }, next: { type: 'string' } },
    });
  });

  it('hold for every record the service shows', async () => {
    const schema = (await at.member.get('/v2/schemas/image')).object['properties'];
    const image = await at.member.created();
    expect(Object.keys(schema ?? {})).toEqual(expect.arrayContaining(Object.keys(image)));
  });
});
