import { createServer } from 'node:net';
import { inspect } from 'node:util';
import type { KeystoneCredentials } from '@parallax/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeystoneCall, KeystoneClient } from './keystone-client.ts';
import { SELF_SIGNED } from './self-signed.fixture.ts';
import { FakeKeystone, type Fault } from './testing/fake-keystone.ts';

const PASSWORD: KeystoneCredentials = {
  method: 'password',
  user: { name: 'parallax', domain: { name: 'Default' } },
  password: 'right',
  project: { name: 'service', domain: { name: 'Default' } },
};

let keystone: FakeKeystone;
let client: KeystoneClient;
let seen: KeystoneCall[];
const signal = (): AbortSignal => AbortSignal.timeout(5000);

async function ownToken(): Promise<string> {
  const issued = await client.issue(PASSWORD, { signal: signal() });
  return issued?.id ?? '';
}

async function validate(subject: string, allowExpired = false) {
  return client.validate(subject, { token: await ownToken(), allowExpired, signal: signal() });
}

beforeEach(async () => {
  keystone = await FakeKeystone.start();
  seen = [];
  client = new KeystoneClient({
    authUrl: keystone.authUrl,
    observe: (call) => void seen.push(call),
  });
});
afterEach(async () => {
  await client.close();
  await keystone[Symbol.asyncDispose]();
});

it('reads user, project, roles and expiry of a token', async () => {
  const expiresAt = Date.UTC(2099, 0, 1);
  keystone.add('t1', { userId: 'u7', projectId: 'p7', roles: ['Member', 'reader'], expiresAt });
  expect(await validate('t1')).toEqual({
    outcome: 'valid',
    token: {
      expiresAt,
      user: { id: 'u7', name: 'name of u7', domainId: 'default' },
      project: { id: 'p7', name: 'name of p7', domainId: 'default' },
      roles: ['Member', 'reader'],
      accessRules: undefined,
    },
  });
  expect(seen.map(({ call, outcome }) => [call, outcome])).toEqual([
    ['issue', 'ok'],
    ['validate', 'ok'],
  ]);
});

it.each(['domain', 'system', 'unscoped'] as const)(
  'finds no project in a token of scope %s',
  async (scope) => {
    keystone.add('t1', { scope });
    expect(await validate('t1')).toMatchObject({ token: { project: undefined } });
  },
);

it('takes a time without a zone for UTC, as application credentials that expire have it', async () => {
  const text = JSON.stringify({
    token: { expires_at: '2099-01-01T00:00:00', user: { id: 'u1' }, roles: [] },
  });
  const token = await ownToken();
  keystone.fault = { kind: 'body', text };
  const answer = await client.validate('t1', { token, allowExpired: false, signal: signal() });
  expect(answer).toMatchObject({ token: { expiresAt: Date.UTC(2099, 0, 1) } });
});

it('knows no token that Keystone does not know, or that has expired unless that is asked for', async () => {
  keystone.add('old', { expiresAt: Date.now() - 1000 });
  expect(await validate('t1')).toEqual({ outcome: 'unknown' });
  expect(await validate('old')).toEqual({ outcome: 'unknown' });
  expect(await validate('old', true)).toMatchObject({ outcome: 'valid' });
});

it('says that our own token is refused', async () => {
  const call = { token: 'no more', allowExpired: false, signal: signal() };
  expect(await client.validate('t1', call)).toEqual({ outcome: 'refused' });
});

describe('issue', () => {
  it.each([
    [
      'a password',
      PASSWORD,
      {
        identity: {
          methods: ['password'],
          password: {
            user: { name: 'parallax', domain: { name: 'Default' }, password: 'right' },
          },
        },
        scope: { project: { name: 'service', domain: { name: 'Default' } } },
      },
    ],
    [
      'an application credential',
      { method: 'application_credential', credential: { id: 'ac1' }, secret: 'right' },
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { id: 'ac1', secret: 'right' },
        },
      },
    ],
  ] as const)('sends %s as Keystone has it', async (_, credentials, auth) => {
    const issued = await client.issue(credentials, { signal: signal() });
    expect(issued?.id).toBe('service-token-1');
    expect(JSON.parse(keystone.calls[0]?.body ?? '')).toEqual({ auth });
  });

  it('gives nothing for credentials that are refused', async () => {
    keystone.password = 'another';
    expect(await client.issue(PASSWORD, { signal: signal() })).toBeUndefined();
    expect(seen).toMatchObject([{ call: 'issue', outcome: 'refused' }]);
  });
});

describe('when Keystone is out of order', () => {
  const status = (code: number): Fault => ({ kind: 'status', status: code });
  const elsewhere = { location: 'http://127.0.0.1:1/v3/auth/tokens' };
  it.each<[string, Fault]>([
    ['500', status(500)],
    ['503', status(503)],
    ['429', status(429)],
    ['a redirect', { kind: 'status', status: 302, headers: elsewhere }],
    ['nothing that is JSON', { kind: 'body', text: '<html>login</html>' }],
    ['another JSON', { kind: 'body', text: '{"token":{"expires_at":"soon","user":{"id":"u"}}}' }],
    [
      'a token without a user',
      { kind: 'body', text: '{"token":{"expires_at":"2099-01-01T00:00:00Z"}}' },
    ],
    ['a list', { kind: 'body', text: '[]' }],
    ['bytes without end', { kind: 'endless' }],
    ['a reset connection', { kind: 'reset' }],
  ])('is unavailable for %s', async (_, fault) => {
    const token = await ownToken();
    keystone.fault = fault;
    const call = { token, allowExpired: false, signal: signal() };
    await expect(client.validate('t1', call)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(client.issue(PASSWORD, { signal: signal() })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(seen.slice(1).map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  it.each<[string, Fault]>([
    ['a connection that was reset', { kind: 'reset' }],
    ['a 503 on the way', status(503)],
  ])('asks once more after %s', async (_, fault) => {
    keystone.add('t1');
    const token = await ownToken();
    keystone.fault = [fault];
    const call = { token, allowExpired: false, signal: signal() };
    expect(await client.validate('t1', call)).toMatchObject({ outcome: 'valid' });
  });

  it('takes 400 for the fault of the token asked about', async () => {
    const token = await ownToken();
    keystone.fault = status(400);
    const call = { token, allowExpired: false, signal: signal() };
    expect(await client.validate('t1', call)).toEqual({ outcome: 'unknown' });
  });

  it('gives up when the time is over, and the connection with it', async () => {
    const token = await ownToken();
    keystone.fault = { kind: 'hang' };
    const call = { token, allowExpired: false, signal: AbortSignal.timeout(50) };
    await expect(client.validate('t1', call)).rejects.toMatchObject({ code: 'stalled' });
  });

  it('is unavailable where nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    if (address === null || typeof address === 'string') throw new Error('no port');
    const other = new KeystoneClient({ authUrl: `http://127.0.0.1:${address.port}/v3` });
    await expect(other.issue(PASSWORD, { signal: signal() })).rejects.toMatchObject({
      code: 'unavailable',
    });
    await other.close();
  });
});

it('shows no secret and no token in an error', async () => {
  const token = await ownToken();
  keystone.fault = { kind: 'body', text: '{"token": "secret-body"' };
  const call = { token, allowExpired: false, signal: signal() };
  const errors = await Promise.all([
    client.validate('secret-subject', call).catch((error: unknown) => error),
    client.issue({ ...PASSWORD, password: 'secret-pw' }, call).catch((error: unknown) => error),
    client.validate('secret\nsubject', call).catch((error: unknown) => error),
  ]);
  for (const error of errors) {
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/secret|service-token/);
  }
});

describe('over TLS', () => {
  it.each([
    ['refuses a certificate that nobody vouches for', {}, false],
    ['takes one that it was told to trust', { ca: SELF_SIGNED.cert }, true],
    ['takes any when it is told to', { insecure: true }, true],
  ])('%s', async (_, trust, taken) => {
    await using secure = await FakeKeystone.start(SELF_SIGNED);
    const other = new KeystoneClient({ authUrl: secure.authUrl, ...trust });
    const issued = await other.issue(PASSWORD, { signal: signal() }).catch((error) => error.code);
    expect(issued).toEqual(
      taken ? expect.objectContaining({ id: 'service-token-1' }) : 'unavailable',
    );
    expect(secure.count('issue')).toBe(taken ? 1 : 0);
    await other.close();
  });
});
