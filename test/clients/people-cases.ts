import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { issueToken, keystoneUrl } from '../load/glance.mjs';
import { Client } from '../support/client.ts';
import { waitUntil } from '../support/wait-until.ts';
import type { Cloud } from './cloud.ts';

const DEFAULT = { id: 'default' };
const inProject = (name: string) => ({ project: { name, domain: DEFAULT } });

/** The users of the lab, as test/lab/keystone-up makes them. */
const PEOPLE = {
  admin: inProject('admin'),
  demo: inProject('demo'),
  reader: inProject('demo'),
  alt_demo: inProject('alt_demo'),
  glance: inProject('service'),
} as const;
type Person = keyof typeof PEOPLE;
const NAMES = Object.keys(PEOPLE) as Person[]; // The keys of a constant.

interface Called {
  readonly status: number;
  readonly token: string;
  readonly body: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One call of the lab's Keystone. */
async function callKeystone(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Called> {
  const response = await fetch(`${keystoneUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    token: response.headers.get('x-subject-token') ?? '',
    body: text === '' ? {} : JSON.parse(text),
  };
}

async function userOf(token: string): Promise<string> {
  const headers = { 'x-auth-token': token, 'x-subject-token': token };
  const { body } = await callKeystone('GET', '/auth/tokens', headers);
  const user = body['token']?.['user'] ?? {};
  return typeof user === 'object' && 'id' in user ? String(user.id) : '';
}

/** A token of an application credential of demo. */
async function limitedToken(limits: Readonly<Record<string, unknown>>): Promise<string> {
  const own = await issueToken({ name: 'demo', scope: PEOPLE.demo });
  const asked = { name: `clients-${randomUUID()}`, ...limits };
  const path = `/users/${await userOf(own)}/application_credentials`;
  const made = await callKeystone(
    'POST',
    path,
    { 'x-auth-token': own },
    { application_credential: asked },
  );
  const { id, secret } = made.body['application_credential'] ?? {};
  const methods = ['application_credential'];
  const identity = { methods, application_credential: { id, secret } };
  return (await callKeystone('POST', '/auth/tokens', {}, { auth: { identity } })).token;
}

/** The lab's real users and tokens before a service that knows them by Keystone. */
export function peopleCases(cloud: () => Cloud): void {
  const tokens = new Map<Person, string>();
  const as = (token: string | undefined): Client => new Client(cloud().service.url, token);
  const person = (name: Person): Client => as(tokens.get(name));

  beforeAll(async () => {
    for (const name of NAMES) tokens.set(name, await issueToken({ name, scope: PEOPLE[name] }));
  });

  it('may do what their roles let them', async () => {
    const { id } = await person('demo').created({ visibility: 'private' });
    cloud().track(id);
    const does = async (name: Person) => {
      const client = person(name);
      const shown = await client.get(`/v2/images/${id}`);
      const made = await client.post('/v2/images', { name: cloud().newName(name) });
      if (made.status === 201) cloud().track(String(made.object['id']));
      const status = await client.get('/federation/v1/status');
      return [shown.status, made.status, status.status];
    };
    const done = Object.fromEntries(await Promise.all(NAMES.map(async (n) => [n, await does(n)])));
    expect(done).toEqual({
      admin: [200, 201, 200],
      demo: [200, 201, 403],
      reader: [200, 403, 403],
      alt_demo: [404, 201, 403],
      glance: [200, 201, 200],
    });
  });

  it('own what they create', async () => {
    const owners = await Promise.all(
      (['demo', 'admin', 'alt_demo'] as const).map(async (name) => {
        const { id, owner } = await person(name).created();
        cloud().track(id);
        return owner;
      }),
    );
    expect(new Set(owners).size).toBe(3);
    for (const owner of owners) expect(owner).toMatch(/^[0-9a-f]{32}$/);
  });

  it('are asked for a token, whatever they claim to be', async () => {
    const claims = { 'X-Identity-Status': 'Confirmed', 'X-Roles': 'admin', 'X-User-Id': 'x' };
    for (const token of [undefined, 'nonsense', 'x'.repeat(3000), `${tokens.get('demo')}x`]) {
      const { status, headers } = await as(token).get('/v2/images', claims);
      expect([status, headers['www-authenticate']]).toEqual([401, `Keystone uri="${keystoneUrl}"`]);
    }
  });

  it.each([
    ['nothing', { unscoped: {} }],
    ['the system', { system: { all: true } }],
  ])('are forbidden with a token for %s', async (_, scope) => {
    const token = await issueToken({ scope });
    expect((await as(token).get('/v2/images')).status).toBe(403);
  });

  it('are out soon after their token is revoked', async () => {
    const token = await issueToken({ name: 'demo', scope: PEOPLE.demo });
    expect((await as(token).get('/v2/images')).status).toBe(200);
    const own = { 'x-auth-token': token, 'x-subject-token': token };
    expect((await callKeystone('DELETE', '/auth/tokens', own)).status).toBe(204);
    await waitUntil('the token to be forgotten', async () => {
      return (await as(token).get('/v2/images')).status === 401;
    });
  });

  it('with an expired token pass only in company of a service', async () => {
    const expires_at = new Date(Date.now() + 4000).toISOString().replace('Z', '');
    const token = await limitedToken({ expires_at });
    const status = async (service: Person | undefined): Promise<number> => {
      const name = service === undefined ? null : (tokens.get(service) ?? null);
      return (await as(token).get('/v2/images', { 'X-Service-Token': name })).status;
    };
    expect(await status(undefined)).toBe(200);
    await waitUntil('the token to expire', async () => (await status(undefined)) === 401);
    expect([await status('demo'), await status('admin'), await status('glance')]).toEqual([
      401, 401, 200,
    ]);
  });

  it('with a credential for some requests may send those', async () => {
    const rules = [{ service: 'image', method: 'GET', path: '/v2/images' }];
    const limited = as(await limitedToken({ access_rules: rules }));
    expect((await limited.get('/v2/images?limit=1')).status).toBe(200);
    expect((await limited.get(`/v2/images/${randomUUID()}`)).status).toBe(401);
    expect((await limited.post('/v2/images', {})).status).toBe(401);
  });
}
