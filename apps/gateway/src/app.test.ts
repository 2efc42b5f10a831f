import { AppError } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeServices } from './testing/fake-services.ts';
import { startTestGateway, type TestGateway } from './testing/gateway.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const fake = fakeServices();
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway(fake.services);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const message = (body: string): string => String(JSON.parse(body).message);

type RouteCase = readonly [
  method: string,
  path: string,
  status: number,
  verb: string,
  body?: string | undefined,
  headers?: Readonly<Record<string, string>>,
];

describe('routes', () => {
  const json = JSON.stringify;
  const patchType = { 'content-type': 'application/openstack-images-v2.1-json-patch' };
  const bytes = { 'content-type': 'application/octet-stream' };
  const admin = { 'x-auth-token': 'admin' };
  const cases: readonly RouteCase[] = [
    ['GET', '/v2/images', 200, 'listImages'],
    ['GET', '/v2.9/images', 200, 'listImages'],
    ['POST', '/v2/images', 201, 'createImage', '{}'],
    ['GET', `/v2/images/${ID}`, 200, 'showImage'],
    ['PATCH', `/v2/images/${ID}`, 200, 'patchImage', '[]', patchType],
    ['DELETE', `/v2/images/${ID}`, 204, 'deleteImage'],
    ['GET', `/v2/images/${ID}/file`, 204, 'openImageData'],
    ['PUT', `/v2/images/${ID}/file`, 204, 'uploadImage', 'abc', bytes],
    [
      'POST',
      `/v2/images/${ID}/import`,
      202,
      'importImage',
      json({ method: { name: 'copy-image' } }),
    ],
    ['GET', `/v2/images/${ID}/tasks`, 200, 'listImageTasks'],
    ['PUT', `/v2/images/${ID}/tags/a%20b`, 204, 'addTag'],
    ['DELETE', `/v2/images/${ID}/tags/a`, 204, 'removeTag'],
    ['GET', '/v2/info/stores', 200, 'listStores'],
    ['GET', '/v2/info/stores/detail', 200, 'listStores', undefined, admin],
    ['DELETE', `/v2/stores/east-1/${ID}`, 204, 'evictCopy'],
    ['GET', '/federation/v1/status', 200, 'deploymentStatus'],
    ['GET', '/federation/v1/regions', 200, 'deploymentStatus'],
    ['GET', '/federation/v1/stores', 200, 'listStores', undefined, admin],
    ['GET', '/federation/v1/transfers?live=true', 200, 'listTransfers'],
    ['POST', '/federation/v1/transfers', 202, 'requestCopy', json({ image: ID, store: 'west-1' })],
    ['GET', '/federation/v1/transfers/7', 200, 'getTransfer'],
    ['POST', '/federation/v1/transfers/7:cancel', 200, 'cancelTransfer'],
    ['POST', '/federation/v1/transfers/7:retry', 202, 'retryTransfer'],
    ['POST', '/federation/v1/stores/west-1:accept-empty', 202, 'acceptEmpty'],
    ['POST', '/federation/v1/sweeps', 202, 'sweepNow'],
  ];
  it.each(
    cases.map(([method, path, status, verb, body, headers]) => ({
      status,
      verb,
      call: {
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(headers === undefined ? {} : { headers }),
      },
    })),
  )('$call.method $call.path answers $status through $verb', async ({ call, status, verb }) => {
    fake.calls.length = 0;
    const answer = await gateway.call(call);
    expect([answer.status, fake.calls[0]?.verb]).toEqual([status, verb]);
  });

  it.each([
    ['/v2/images', 'GET, POST', ['PUT', 'PATCH', 'DELETE', 'HEAD']],
    [`/v2/images/${ID}`, 'DELETE, GET, PATCH', ['POST', 'PUT', 'HEAD']],
    [`/v2/images/${ID}/file`, 'GET, PUT', ['POST', 'PATCH', 'DELETE', 'HEAD']],
    [`/v2/images/${ID}/import`, 'POST', ['GET', 'PUT', 'PATCH', 'DELETE']],
    [`/v2/images/${ID}/tags/x`, 'DELETE, PUT', ['GET', 'POST', 'PATCH', 'HEAD']],
    ['/v2/schemas/image', 'GET', ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']],
    ['/v2/info/import', 'GET', ['POST', 'PUT', 'DELETE']],
    ['/v2/info/stores', 'GET', ['POST', 'PUT', 'DELETE']],
    ['/v2/info/stores/detail', 'GET', ['POST', 'PUT', 'DELETE']],
    [`/v2/stores/a/${ID}`, 'DELETE', ['GET', 'POST', 'PUT', 'PATCH']],
    ['/federation/v1/status', 'GET', ['POST', 'DELETE']],
    ['/healthcheck', 'GET, HEAD', ['POST', 'DELETE']],
  ])('%s allows %s only', async (path, allow, others) => {
    for (const method of others) {
      const { status, headers } = await gateway.call({ method, path });
      expect([method, status, headers.allow]).toEqual([method, 405, allow]);
    }
  });

  it.each([
    ['GET', '/v2'],
    ['GET', '/v2/'],
    ['GET', '/v2/images/'],
    ['GET', '/v2/images/no-uuid'],
    ['GET', `/v2/images/${ID}0`],
    ['GET', `/v2/images/${ID}/tags`],
    ['POST', `/v2/images/${ID}/actions/destroy`],
    ['PUT', `/v2/images/${ID}/stage`],
    ['GET', `/v2/images/${ID}/members/`],
    ['POST', `/federation/v1/images/${ID}`],
    ['POST', '/federation/v1/images/no-uuid:restore'],
    ['GET', `/v2/images/${ID}/locations`],
    ['POST', `/v2/images/${ID}/tasks`],
    ['POST', '/v2/info/usage'],
    ['GET', '/v2/schemas/task'],
    ['GET', '/v2/tasks'],
    ['GET', '/v2/cache'],
    ['GET', '/v2/metadefs/namespaces'],
    ['GET', '/federation/v1/nothing'],
    ['GET', '/federation/v1/transfers/x'],
    ['GET', '/console'],
    ['GET', '/v2/../v2/schemas/image'],
    ['GET', '/v2/./schemas/image'],
    ['GET', '/v2/schemas/image#x'],
  ])('%s %s is not found', async (method, path) => {
    expect((await gateway.call({ method, path })).status).toBe(404);
  });

  it('answers 501 to an unknown method on an unknown path', async () => {
    expect((await gateway.call({ method: 'PROPFIND', path: '/v2/nothing' })).status).toBe(501);
    expect((await gateway.call({ method: 'PROPFIND', path: '/v2/images' })).status).toBe(405);
  });

  it.each([
    ['GET', `/v2/images/${ID}`],
    ['DELETE', `/v2/images/${ID}`],
    ['PUT', `/v2/images/${ID}/tags/x`],
    ['GET', '/v2/schemas/image'],
    ['GET', '/v2/info/stores'],
  ])('%s %s refuses a body', async (method, path) => {
    const headers = { 'content-length': '2' };
    const { status, body } = await gateway.call({ method, path, headers, body: '{}' });
    expect([status, message(body)]).toEqual([
      400,
      'A body is not expected with this request.<br /><br />\n\n\n',
    ]);
  });
});

describe('versions', () => {
  it.each(['/', '/v1/images', '/v3', '/foo', '/metrics', '/internal/v1/x'])(
    'answers 300 to %s without a token',
    async (path) => {
      const { status, body } = await gateway.call({ path, headers: { 'x-auth-token': '' } });
      expect(status).toBe(300);
      expect(JSON.parse(body).versions[0]).toEqual({
        id: 'v2.13',
        status: 'CURRENT',
        links: [{ rel: 'self', href: `http://127.0.0.1:${gateway.port}/v2/` }],
      });
    },
  );

  it.each(['/versions', '/versions/'])('answers 200 to %s', async (path) => {
    expect((await gateway.call({ path })).status).toBe(200);
  });

  it.each([
    '//v2/schemas/image',
    '/v2//schemas/image',
    '///v2.9//schemas/image',
    '/v2/%73chemas/image',
  ])('finds a resource by %s', async (path) => {
    expect((await gateway.call({ path })).status).toBe(200);
  });

  it('knows the old media type', async () => {
    const headers = { accept: 'application/vnd.openstack.images-v2' };
    expect((await gateway.call({ path: '/images', headers })).status).toBe(200);
  });
});

describe('stores', () => {
  it('writes flags as text, and the default of the client’s region', async () => {
    const { body } = await gateway.call({ path: '/v2/info/stores' });
    expect(JSON.parse(body).stores).toEqual([
      { id: 'east-1', description: 'near', default: 'true' },
      { id: 'west-1', 'read-only': 'true' },
    ]);
  });

  it('believes a trusted proxy about the region, then the client’s address', async () => {
    for (const headers of [{ 'x-parallax-region': 'west' }, { 'x-forwarded-for': '10.9.1.2' }]) {
      const { body } = await gateway.call({ path: '/v2/info/stores', headers });
      expect(JSON.parse(body).stores[1]).toHaveProperty('default', 'true');
    }
  });
});

describe('errors', () => {
  it('are pages by Accept, and a bug is a constant 500 that is counted', async () => {
    const broken = fakeServices({
      showImage: async () => {
        throw new Error('secret detail');
      },
      deleteImage: async () => {
        throw new AppError('unavailable', 'postgres is away', { retryAfterMs: 3000 });
      },
    });
    await using other = await startTestGateway(broken.services);
    const bug = await other.call({ path: `/v2/images/${ID}` });
    expect([bug.status, other.bugs()]).toEqual([500, 1]);
    expect(bug.body).not.toContain('secret');
    const away = await other.call({ path: `/v2/images/${ID}`, method: 'DELETE' });
    expect([away.status, away.headers['retry-after'], away.body]).toEqual([
      503,
      '3',
      expect.not.stringContaining('postgres'),
    ]);
    const html = await other.call({ path: '/v2/x', headers: { accept: '*/*' } });
    expect(html.headers['content-type']).toBe('text/html; charset=UTF-8');
    expect(other.finished.map(({ route, status }) => [route, status])).toContainEqual([
      '/v2/images/:imageId',
      500,
    ]);
  });
});

it('keeps connections for the next request', async () => {
  const alive = { connection: 'keep-alive' };
  for (const path of ['/', '/healthcheck', '/v2/images', '/v2/nothing']) {
    const { headers } = await gateway.call({ path, headers: alive });
    expect([path, headers.connection]).toEqual([path, 'keep-alive']);
  }
});

describe('draining', () => {
  it('fails the health check and closes connections', async () => {
    await using other = await startTestGateway(fakeServices().services);
    const before = await other.call({ path: '/healthcheck', headers: { 'x-auth-token': '' } });
    expect([before.status, before.body]).toEqual([200, 'OK']);
    other.drain();
    const after = await other.call({ path: '/healthcheck' });
    expect([after.status, after.headers.connection]).toEqual([503, 'close']);
    const head = await other.call({ path: '/healthcheck', method: 'HEAD' });
    expect([head.status, head.body]).toEqual([503, '']);
    expect((await other.call({ path: '/v2/images' })).status).toBe(200);
  });
});
