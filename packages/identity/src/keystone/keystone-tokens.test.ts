import type { Logger } from '@parallax/core';
import { KeystoneClient, KeystoneSession, TokenValidator } from '@parallax/openstack';
import { FakeKeystone } from '@parallax/openstack/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeIdentityProvider } from '../testing/describe-identity-provider.ts';
import { KeystoneTokens, type KeystoneTokensOptions } from './keystone-tokens.ts';

const HOUR = 3_600_000;
const quiet = (): void => undefined;
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function setUp(o: Partial<KeystoneTokensOptions> = {}) {
  const keystone = await FakeKeystone.start();
  const client = new KeystoneClient({ authUrl: keystone.authUrl });
  opened.push(async () => {
    await client.close();
    await keystone[Symbol.asyncDispose]();
  });
  const credentials = {
    method: 'application_credential',
    credential: { id: 'ac1' },
    secret: 'right',
  } as const;
  const session = new KeystoneSession({ client, credentials, timeoutMs: o.timeoutMs ?? 5000 });
  const provider = new KeystoneTokens({
    validator: new TokenValidator(client, session),
    cacheMs: 60_000,
    outageMs: HOUR,
    timeoutMs: 5000,
    serviceRoles: ['service'],
    log,
    ...o,
  });
  keystone.add('tok-member', { userId: 'u1', projectId: 'p1', roles: ['Member'] });
  keystone.add('tok-service', { userId: 'nova', projectId: 'services', roles: ['Service'] });
  return { keystone, provider };
}

describeIdentityProvider('keystone', async () => {
  const { provider } = await setUp();
  return { provider, good: 'tok-member', service: 'tok-service' };
});

it('tells who it is, with names and domains', async () => {
  const { keystone, provider } = await setUp();
  keystone.add('tok-admin', { userId: 'root', projectId: 'p2', roles: ['ADMIN', 'admin', 'x'] });
  expect(await provider.authenticate('tok-admin')).toEqual({
    userId: 'root',
    userName: 'name of root',
    userDomainId: 'default',
    projectId: 'p2',
    projectName: 'name of p2',
    projectDomainId: 'default',
    roles: ['admin', 'x'],
    isAdmin: true,
  });
});

it.each(['domain', 'system', 'unscoped'] as const)('forbids a token of scope %s', async (scope) => {
  const { keystone, provider } = await setUp();
  keystone.add('tok-other', { scope, roles: ['admin'] });
  await expect(provider.authenticate('tok-other')).rejects.toMatchObject({ code: 'forbidden' });
});

it('asks Keystone about nothing that cannot be a token', async () => {
  const { keystone, provider } = await setUp();
  for (const text of ['', ' ', 'a b', 'tok\tx', 'ä', '\u0000', 'x'.repeat(4097)]) {
    await expect(provider.authenticate(text)).rejects.toMatchObject({ code: 'unauthorized' });
    await provider.authenticate('tok-member', { serviceToken: text });
  }
  expect(keystone.count('validate')).toBe(1);
});

describe('an expired token', () => {
  const expired = (agoMs: number) => ({ roles: ['member'], expiresAt: Date.now() - agoMs });

  it.each([
    ['alone', undefined, 60_000, false],
    ['with a valid service token', 'tok-service', 60_000, true],
    ['with a service token, two days and more later', 'tok-service', 48 * HOUR + 60_000, false],
    ['with a token of no service', 'tok-member', 60_000, false],
    ['with an unknown service token', 'nonsense', 60_000, false],
    ['with an expired service token', 'tok-old-service', 60_000, false],
  ])('%s', async (_, serviceToken, agoMs, passes) => {
    const { keystone, provider } = await setUp();
    keystone.add('tok-old', expired(agoMs));
    keystone.add('tok-old-service', { ...expired(1000), roles: ['service'] });
    const answer = await provider
      .authenticate('tok-old', { serviceToken })
      .catch((error: unknown) => error);
    expect(answer).toMatchObject(passes ? { userId: 'u1' } : { code: 'unauthorized' });
  });

  it('does not become good for others because a service came with it', async () => {
    const { keystone, provider } = await setUp();
    keystone.add('tok-old', expired(60_000));
    await provider.authenticate('tok-old', { serviceToken: 'tok-service' });
    await expect(provider.authenticate('tok-old')).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('a token for some requests only', () => {
  const accessRules = [{ service: 'image', method: 'GET', path: '/v2/images/*' }];
  const get = { method: 'GET', path: '/v2/images/1' };

  it.each([
    ['is good for those', { request: get }, true],
    ['is good for no other', { request: { ...get, method: 'DELETE' } }, false],
    ['is good for nothing unnamed', {}, false],
    ['carries on in the hands of a service', { serviceToken: 'tok-service' }, true],
  ])('%s', async (_, call, passes) => {
    const { keystone, provider } = await setUp();
    keystone.add('tok-limited', { accessRules });
    const answer = await provider
      .authenticate('tok-limited', call)
      .catch((error: unknown) => error);
    expect(answer).toMatchObject(passes ? { userId: 'u1' } : { code: 'unauthorized' });
  });
});

describe('while Keystone is out of order', () => {
  it('is unavailable for tokens it does not know, and knows the others', async () => {
    const { keystone, provider } = await setUp({ cacheMs: 0 });
    const before = await provider.authenticate('tok-member');
    keystone.fault = { kind: 'status', status: 500 };
    expect(await provider.authenticate('tok-member')).toEqual(before);
    await expect(provider.authenticate('tok-new')).rejects.toMatchObject({ code: 'unavailable' });
    const call = { serviceToken: 'tok-service' };
    await expect(provider.authenticate('tok-member', call)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(provider.check({ signal: AbortSignal.timeout(5000) })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('ends each request in time when it hangs, and turns away more than can wait', async () => {
    const { keystone, provider } = await setUp({ timeoutMs: 200 });
    keystone.fault = { kind: 'hang' };
    const tokens = Array.from({ length: 600 }, (_, i) => `tok-${i}`);
    const ended = await Promise.all(
      tokens.map((token) => provider.authenticate(token).catch((error) => error.code)),
    );
    const count = (code: string): number => ended.filter((each) => each === code).length;
    expect([count('unavailable'), count('stalled')]).toEqual([600 - 16 - 512, 16 + 512]);
    keystone.fault = undefined;
    const back = () => provider.authenticate('tok-member');
    expect(await vi.waitFor(back)).toMatchObject({ userId: 'u1' });
  });

  it('never takes our own refusal for the user’s', async () => {
    const { keystone, provider } = await setUp();
    keystone.secret = 'another';
    await expect(provider.authenticate('tok-member')).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
