import { AppError } from '@parallax/core';
import { expect, it } from 'vitest';
import { KeystoneSession } from './keystone-session.ts';
import type { IssuedToken } from './token-session.ts';

const HOUR_MS = 3_600_000;
const CREDENTIALS = {
  method: 'application_credential',
  credential: { id: 'ac1' },
  secret: 's',
} as const;

/** A session whose tokens last an hour, with a clock in the test's hand. */
function setUp(answers: readonly (IssuedToken | undefined | Error | Promise<never>)[] = []) {
  const state = { now: 1_000_000, asked: 0 };
  const session = new KeystoneSession({
    credentials: CREDENTIALS,
    timeoutMs: 1000,
    now: () => state.now,
    client: {
      issue: async () => {
        const planned = answers[state.asked];
        const isPlanned = state.asked < answers.length;
        state.asked += 1;
        if (planned instanceof Error) throw planned;
        if (isPlanned) return planned;
        return { id: `token-${state.asked}`, expiresAt: state.now + HOUR_MS };
      },
    },
  });
  return { session, state };
}

const away = new AppError('unavailable', 'keystone cannot be reached');

it('asks once for all who wait, and keeps the token', async () => {
  const { session, state } = setUp();
  const tokens = await Promise.all([session.token(), session.token(), session.token()]);
  expect(new Set([...tokens, await session.token()])).toEqual(new Set(['token-1']));
  expect(state.asked).toBe(1);
});

it('renews before the token expires', async () => {
  const { session, state } = setUp();
  await session.token();
  state.now += HOUR_MS - 121_000;
  expect(await session.token()).toBe('token-1');
  state.now += 2000;
  expect(await session.token()).toBe('token-2');
});

it('uses the old token to its end when it cannot be renewed', async () => {
  const first = { id: 'token-1', expiresAt: 1_000_000 + HOUR_MS };
  const { session, state } = setUp([first, away, away]);
  await session.token();
  state.now += HOUR_MS - 1000;
  expect(await session.token()).toBe('token-1');
  state.now += 1000;
  await expect(session.token()).rejects.toBe(away);
});

it('gets another one after Keystone refused the one it has, and keeps that', async () => {
  const { session, state } = setUp();
  const first = await session.token();
  session.forget(first);
  expect(await session.token()).toBe('token-2');
  session.forget(first);
  expect(await session.token()).toBe('token-2');
  expect(state.asked).toBe(2);
});

it('tries wrong credentials only now and then: many failures lock an account', async () => {
  const { session, state } = setUp([undefined]);
  const refused = { code: 'unavailable', message: expect.stringContaining('credentials') };
  await expect(session.token()).rejects.toMatchObject(refused);
  state.now += 9000;
  await expect(session.token()).rejects.toMatchObject(refused);
  expect(state.asked).toBe(1);
  state.now += 1000;
  expect(await session.token()).toBe('token-2');
});

it('lets one who leaves go, and the others wait on', async () => {
  let answer = (_token: IssuedToken): void => undefined;
  const session = new KeystoneSession({
    credentials: CREDENTIALS,
    timeoutMs: 1000,
    client: { issue: () => new Promise((resolve) => (answer = resolve)) },
  });
  const leaving = new AbortController();
  const left = session.token(leaving.signal);
  const stays = session.token();
  leaving.abort(new AppError('cancelled'));
  await expect(left).rejects.toMatchObject({ code: 'cancelled' });
  answer({ id: 'token-1', expiresAt: Date.now() + HOUR_MS });
  expect(await stays).toBe('token-1');
});
