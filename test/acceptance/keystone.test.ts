import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import { FakeKeystone } from '@parallax/openstack/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../support/client.ts';
import { Stack, type StartedNode } from '../support/stack.ts';
import { untilStoresUp } from '../support/stores-up.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A gateway whose people are Keystone's. Nothing is believed for longer than a request unless Keystone is away. */
let keystone: FakeKeystone;
let database: TestDatabase;
let stack: Stack;
let gateway: StartedNode;

const PASSWORD = 'password-of-parallax';
const as = (token: string | undefined): Client => new Client(gateway.url, token);
const health = async () => (await new Client(gateway.adminUrl).get('/healthcheck')).object;

beforeAll(async () => {
  keystone = await FakeKeystone.start();
  keystone.password = PASSWORD;
  keystone.add('tok-admin', {
    userId: 'root',
    projectId: 'ops',
    roles: ['admin', 'member', 'reader'],
  });
  keystone.add('tok-demo', { userId: 'demo', projectId: 'demo', roles: ['Member', 'reader'] });
  keystone.add('tok-reader', { userId: 'reads', projectId: 'demo', roles: ['reader'] });
  keystone.add('tok-alt', { userId: 'alt', projectId: 'alt', roles: ['member', 'reader'] });
  keystone.add('tok-nova', { userId: 'nova', projectId: 'services', roles: ['service'] });
  database = await createTestDatabase();
  stack = await Stack.create({
    databaseUrl: database.url,
    config: {
      identity: {
        keystone: {
          auth_url: keystone.authUrl.replace('/v3', '/'),
          www_authenticate_uri: 'https://identity.example/v3',
          credentials: { username: 'parallax', password: PASSWORD, project_name: 'service' },
          cache_seconds: 0,
          timeout_ms: 2000,
        },
      },
    },
  });
  const worker = await stack.startWorker();
  gateway = await stack.ready(await stack.startGateway());
  await stack.ready(worker);
  await untilStoresUp(as('tok-admin'), stack.storeIds);
});
afterAll(async () => {
  await stack?.stop();
  await database?.drop();
  await keystone?.[Symbol.asyncDispose]();
});
afterEach(() => {
  keystone.fault = undefined;
});

describe('people of Keystone', () => {
  it('own what they create, and see what is theirs', async () => {
    const { id, owner } = await as('tok-demo').created();
    expect(owner).toBe('demo');
    const seen = async (token: string) => (await as(token).get(`/v2/images/${id}`)).status;
    expect([await seen('tok-reader'), await seen('tok-admin')]).toEqual([200, 200]);
    expect([await seen('tok-alt'), await seen('tok-nova')]).toEqual([404, 404]);
    expect((await as('tok-reader').post('/v2/images', {})).status).toBe(403);
  });

  it('are asked for a token, and told where to get it', async () => {
    const claims = { 'X-Identity-Status': 'Confirmed', 'X-Roles': 'admin', 'X-User-Id': 'root' };
    for (const token of [undefined, 'tok-unknown', 'tok demo', 'x'.repeat(5000)]) {
      const { status, headers } = await as(token).get('/v2/images', claims);
      expect([status, headers['www-authenticate']]).toEqual([
        401,
        'Keystone uri="https://identity.example/v3"',
      ]);
    }
  });

  it('are nobody else for what they claim in headers', async () => {
    const claims = { 'X-Roles': 'admin', 'X-Project-Id': 'ops', 'X-Is-Admin-Project': 'True' };
    const image = await as('tok-demo').ask('POST', '/v2/images', { json: {}, headers: claims });
    expect(image.object).toMatchObject({ owner: 'demo' });
    expect((await as('tok-demo').get('/federation/v1/status', claims)).status).toBe(403);
  });

  it.each(['unscoped', 'domain', 'system'] as const)(
    'with a token of scope %s are forbidden',
    async (scope) => {
      keystone.add(`tok-${scope}`, { scope, roles: ['admin', 'member', 'reader'] });
      expect((await as(`tok-${scope}`).get('/v2/images')).status).toBe(403);
    },
  );

  it('lose their rights with their token', async () => {
    keystone.add('tok-gone');
    expect((await as('tok-gone').get('/v2/images')).status).toBe(200);
    keystone.revoke('tok-gone');
    expect((await as('tok-gone').get('/v2/images')).status).toBe(401);
  });

  it('end the upload they began, though their token is gone meanwhile', async () => {
    keystone.add('tok-short', { projectId: 'demo' });
    const { id } = await as('tok-short').created();
    const body = new PassThrough();
    const upload = as('tok-short').upload(id, body);
    body.write('first half, ');
    await waitUntil('the upload to be under way', async () => {
      const image = (await as('tok-demo').get(`/v2/images/${id}`)).object;
      return image['status'] === 'saving';
    });
    keystone.revoke('tok-short');
    body.end('second half');
    expect((await upload).status).toBe(204);
    expect((await as('tok-demo').download(id)).text).toBe('first half, second half');
    expect((await as('tok-short').download(id)).status).toBe(401);
  });

  it('with an expired token pass only in company of a service', async () => {
    keystone.add('tok-old', { projectId: 'demo', expiresAt: Date.now() - 60_000 });
    const status = async (service: string | null) =>
      (await as('tok-old').get('/v2/images', { 'X-Service-Token': service })).status;
    expect(await status('tok-nova')).toBe(200);
    for (const other of [null, 'tok-demo', 'tok-old', 'nonsense']) {
      expect(await status(other)).toBe(401);
    }
  });

  it('with a limited application credential may do what it is for', async () => {
    const accessRules = [{ service: 'image', method: 'GET', path: '/v2/images' }];
    keystone.add('tok-limited', { accessRules });
    expect((await as('tok-limited').get('/v2/images?limit=1')).status).toBe(200);
    expect((await as('tok-limited').post('/v2/images', {})).status).toBe(401);
  });
});

describe('while Keystone is away', () => {
  it('those who were known work on, and others are told to come again', async () => {
    expect((await as('tok-demo').get('/v2/images')).status).toBe(200);
    keystone.fault = { kind: 'reset' };
    expect((await as('tok-demo').get('/v2/images')).status).toBe(200);
    expect((await as('tok-demo').post('/v2/images', {})).status).toBe(201);
    keystone.add('tok-new');
    const { status, headers, text } = await as('tok-new').get('/v2/images');
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    expect(text).not.toMatch(/keystone/i);
    keystone.fault = undefined;
    expect((await as('tok-new').get('/v2/images')).status).toBe(200);
  });

  it('an administrator reads on, and removes nothing', async () => {
    const { id } = await as('tok-demo').created();
    expect((await as('tok-admin').get(`/v2/images/${id}`)).status).toBe(200);
    keystone.fault = { kind: 'status', status: 500 };
    expect((await as('tok-admin').get(`/v2/images/${id}`)).status).toBe(200);
    expect((await as('tok-admin').delete(`/v2/images/${id}`)).status).toBe(503);
    keystone.fault = undefined;
    expect((await as('tok-admin').delete(`/v2/images/${id}`)).status).toBe(204);
  });

  it('a node starts, is healthy enough to serve, and says what is wrong', async () => {
    keystone.fault = { kind: 'hang' };
    const other = await stack.ready(await stack.startGateway());
    const report = (await new Client(other.adminUrl).get('/healthcheck')).object;
    expect(report).toMatchObject({ checks: { keystone: { ok: false }, database: { ok: true } } });
    expect((await new Client(other.url, 'tok-demo').get('/v2/images')).status).toBe(503);
    keystone.fault = undefined;
    await other.process.kill();
  });
});

it('says that Keystone is well, and counts its calls', async () => {
  expect(await health()).toMatchObject({ checks: { keystone: { ok: true } } });
  const { text } = await new Client(gateway.adminUrl).get('/metrics');
  for (const line of [
    'parallax_tokens_total{outcome="miss"}',
    'parallax_tokens_total{outcome="stale"}',
    'parallax_keystone_calls_total{call="validate",outcome="ok"}',
    'parallax_keystone_calls_total{call="validate",outcome="failed"}',
    'parallax_keystone_call_seconds_count{call="issue"}',
  ]) {
    expect(text).toMatch(new RegExp(`^${line.replace(/[{}]/g, '\\$&')} [1-9]`, 'm'));
  }
});

it('puts no token and no password into a log', async () => {
  const log = await readFile(gateway.process.log, 'utf8');
  expect(log).toContain('"msg":"request"');
  expect(log).toContain('"msg":"keystone answers again"');
  expect(log).not.toMatch(/tok-|service-token-\d|password-of-parallax/);
});
