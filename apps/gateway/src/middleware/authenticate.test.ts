import { afterAll, beforeAll, expect, it } from 'vitest';
import { fakeServices } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';

const ID = '11111111-1111-4111-8111-111111111111';
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway(fakeServices().services);
});
afterAll(() => gateway[Symbol.asyncDispose]());

it.each(['/v2', '/v2/images', '/v2/nothing', '/federation/v1/status'])(
  'asks for a token on %s',
  async (path) => {
    for (const token of ['', 'wrong']) {
      const { status, headers } = await gateway.call({
        path,
        headers: { 'x-auth-token': token, 'x-user-id': 'u1', 'x-roles': 'admin' },
      });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Keystone']);
    }
  },
);

it('says where tokens come from', async () => {
  const authenticateUri = 'http://keystone.example:5000/v3';
  await using other = await startTestGateway(fakeServices().services, { authenticateUri });
  const { headers } = await other.call({ path: '/v2/images', headers: { 'x-auth-token': '' } });
  expect(headers['www-authenticate']).toBe('Keystone uri="http://keystone.example:5000/v3"');
});

it('answers 503 with Retry-After when nobody can tell, and 403 without a project', async () => {
  const away = await gateway.call({ path: '/v2/images', headers: { 'x-auth-token': 'away' } });
  expect([away.status, away.headers['retry-after']]).toEqual([503, '2']);
  const other = await gateway.call({ path: '/v2/images', headers: { 'x-auth-token': 'unscoped' } });
  expect(other.status).toBe(403);
});

it('takes the token from X-Storage-Token too', async () => {
  const headers = { 'x-auth-token': '', 'x-storage-token': 'member' };
  expect((await gateway.call({ path: '/v2/images', headers })).status).toBe(200);
});

it('passes on the service’s token and what is asked for', async () => {
  gateway.asked.length = 0;
  const headers = { 'x-service-token': 'nova' };
  await gateway.call({ path: '/v2.9/images?limit=1', headers });
  expect(gateway.asked).toMatchObject([
    { serviceToken: 'nova', request: { method: 'GET', path: '/v2.9/images' } },
  ]);
});

it.each([
  ['DELETE', `/v2/images/${ID}`, 'admin', [undefined, 5000]],
  ['POST', '/federation/v1/stores/west-1:accept-empty', 'admin', [undefined, 5000]],
  ['GET', '/federation/v1/status', 'admin', [undefined]],
  ['GET', `/v2/images/${ID}`, 'admin', [undefined]],
  ['DELETE', `/v2/images/${ID}`, 'member', [undefined]],
] as const)('%s %s by %s is asked about with ages %j', async (method, path, token, ages) => {
  gateway.asked.length = 0;
  await gateway.call({ method, path, headers: { 'x-auth-token': token } });
  expect(gateway.asked.map(({ maxAgeMs }) => maxAgeMs)).toEqual(ages);
});

it('never reads identity from headers', async () => {
  const headers = { 'x-roles': 'admin', 'x-is-admin-project': 'true' };
  const { status } = await gateway.call({ path: '/v2/info/stores/detail', headers });
  expect(status).toBe(403);
});
