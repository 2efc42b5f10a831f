import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeystoneClient } from './keystone-client.ts';
import { KeystoneSession } from './keystone-session.ts';
import { FakeKeystone } from './testing/fake-keystone.ts';
import { TokenValidator } from './token-validator.ts';

let keystone: FakeKeystone;
let client: KeystoneClient;
let validator: TokenValidator;
const call = () => ({ signal: AbortSignal.timeout(5000) });

beforeEach(async () => {
  keystone = await FakeKeystone.start();
  client = new KeystoneClient({ authUrl: keystone.authUrl });
  const credentials = {
    method: 'application_credential',
    credential: { id: 'ac1' },
    secret: 'right',
  } as const;
  validator = new TokenValidator(
    client,
    new KeystoneSession({ client, credentials, timeoutMs: 5000 }),
  );
});
afterEach(async () => {
  await client.close();
  await keystone[Symbol.asyncDispose]();
});

it('renews our own token once when Keystone refuses it', async () => {
  keystone.add('t1');
  expect(await validator.validate('t1', call())).toMatchObject({ user: { id: 'u1' } });
  keystone.revokeOwn();
  expect(await validator.validate('t1', call())).toMatchObject({ user: { id: 'u1' } });
  expect([keystone.count('issue'), keystone.count('validate')]).toEqual([2, 3]);
});

it.each([401, 403])(
  'is unavailable when Keystone answers %i to the renewed token too',
  async (status) => {
    await validator.validate('t1', call());
    // The call, our new token, the call again.
    keystone.fault = [{ kind: 'status', status }, undefined, { kind: 'status', status }];
    await expect(validator.validate('t1', call())).rejects.toMatchObject({ code: 'unavailable' });
    expect([keystone.count('issue'), keystone.count('validate')]).toEqual([2, 3]);
  },
);

it('is well while our own token can be validated', async () => {
  await validator.check(call());
  keystone.revokeOwn();
  await validator.check(call());
  keystone.fault = { kind: 'status', status: 500 };
  await expect(validator.check(call())).rejects.toMatchObject({ code: 'unavailable' });
  keystone.fault = undefined;
  await validator.check(call());
});
