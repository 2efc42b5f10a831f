import { inspect } from 'node:util';
import { AppError, type Logger } from '@parallax/core';
import type { KeystoneToken } from '@parallax/openstack';
import { expect, it } from 'vitest';
import { type CacheOutcome, type FindOptions, TokenCache } from './token-cache.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const away = new AppError('unavailable', 'keystone cannot be reached');

/** A cache over a Keystone that says what `state.answer` says, with both clocks in the test's hand. */
function setUp(o: { readonly cacheMs?: number; readonly outageMs?: number } = {}) {
  const state = {
    wall: 5_000_000,
    steady: 100,
    answer: undefined as KeystoneToken | undefined | Error | Promise<KeystoneToken | undefined>,
    calls: [] as { readonly token: string; readonly allowExpired: boolean | undefined }[],
    outcomes: [] as CacheOutcome[],
    logged: [] as string[],
  };
  const write = (_fields: object, message: string): void => void state.logged.push(message);
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  const cache = new TokenCache({
    cacheMs: 60 * SECOND,
    outageMs: HOUR,
    timeoutMs: 5 * SECOND,
    ...o,
    log,
    clock: { wall: () => state.wall, steady: () => state.steady },
    observe: (outcome) => void state.outcomes.push(outcome),
    validator: {
      validate: async (token, { allowExpired }) => {
        state.calls.push({ token, allowExpired });
        if (state.answer instanceof Error) throw state.answer;
        return state.answer;
      },
    },
  });
  const pass = (ms: number): void => {
    state.wall += ms;
    state.steady += ms;
  };
  const known = (lastsMs = 2 * HOUR): KeystoneToken => ({
    expiresAt: state.wall + lastsMs,
    user: { id: 'u1', name: 'u', domainId: 'd' },
    project: undefined,
    roles: [],
    accessRules: undefined,
  });
  const find = (token = 't', options: FindOptions = {}) => cache.find(token, options);
  return { cache, state, pass, known, find };
}

it('asks once a minute about a good token', async () => {
  const { state, pass, known, find } = setUp();
  state.answer = known();
  for (const wait of [0, 30, 29]) {
    pass(wait * SECOND);
    expect(await find()).toBe(state.answer);
  }
  expect(state.calls).toHaveLength(1);
  pass(SECOND);
  await find();
  expect(state.outcomes).toEqual(['miss', 'hit', 'hit', 'miss']);
});

it('finds out within a minute that a token was revoked', async () => {
  const { state, pass, known, find } = setUp();
  state.answer = known();
  await find();
  state.answer = undefined;
  pass(60 * SECOND);
  expect(await find()).toBeUndefined();
});

it('asks again about a bad token after ten seconds', async () => {
  const { state, pass, known, find } = setUp();
  await find();
  state.answer = known();
  pass(10 * SECOND - 1);
  expect(await find()).toBeUndefined();
  pass(1);
  expect(await find()).toBe(state.answer);
  expect(state.outcomes).toEqual(['miss', 'denied', 'miss']);
});

it('believes nothing beyond the expiry of the token', async () => {
  const { state, pass, known, find } = setUp();
  state.answer = known(20 * SECOND);
  await find();
  state.answer = undefined;
  pass(20 * SECOND);
  expect(await find()).toBeUndefined();
});

it('is not fooled by a wall clock that goes back', async () => {
  const { state, known, find } = setUp();
  state.answer = known();
  await find();
  state.answer = undefined;
  state.wall -= HOUR;
  state.steady += 60 * SECOND;
  expect(await find()).toBeUndefined();
});

it('asks anew when it is told how old its knowledge may be', async () => {
  const { state, pass, known, find } = setUp();
  state.answer = known();
  await find();
  pass(4 * SECOND);
  await find('t', { maxAgeMs: 5 * SECOND });
  expect(state.calls).toHaveLength(1);
  pass(SECOND);
  await find('t', { maxAgeMs: 5 * SECOND });
  expect(state.calls).toHaveLength(2);
  pass(5 * SECOND);
  state.answer = away;
  await expect(find('t', { maxAgeMs: 5 * SECOND })).rejects.toBe(away);
});

it('keeps nothing when it is told to', async () => {
  const { state, known, find } = setUp({ cacheMs: 0 });
  state.answer = known();
  await find();
  await find();
  expect(state.calls).toHaveLength(2);
});

it('asks once for all who want to know at the same time', async () => {
  const { state, known, find } = setUp();
  let answer = (_token: KeystoneToken): void => undefined;
  state.answer = new Promise((resolve) => {
    answer = resolve;
  });
  const leaving = new AbortController();
  const left = find('t', { signal: leaving.signal });
  const others = [find(), find(), find('another')];
  leaving.abort(new AppError('cancelled'));
  await expect(left).rejects.toMatchObject({ code: 'cancelled' });
  answer(known());
  await Promise.all(others);
  expect(state.calls.map(({ token }) => token)).toEqual(['t', 'another']);
});

it('tells all who wait that nobody can tell', async () => {
  const { state, find } = setUp();
  state.answer = away;
  const all = await Promise.allSettled([find(), find(), find()]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(state.calls).toHaveLength(1);
});

it('believes a token that was good while Keystone is away, up to its limit', async () => {
  const { state, pass, known, find } = setUp({ outageMs: 10 * 60 * SECOND });
  const good = known();
  state.answer = good;
  await find();
  state.answer = away;
  pass(9 * 60 * SECOND);
  expect(await find()).toBe(good);
  pass(60 * SECOND);
  await expect(find()).rejects.toBe(away);
  expect(state.outcomes).toEqual(['miss', 'stale']);
});

it('believes it not beyond its expiry, nor a token that was bad', async () => {
  const { state, pass, known, find } = setUp();
  state.answer = known(5 * 60 * SECOND);
  await find();
  state.answer = undefined;
  await find('bad');
  state.answer = away;
  pass(5 * 60 * SECOND);
  await expect(find()).rejects.toBe(away);
  await expect(find('bad')).rejects.toBe(away);
  await expect(find('new')).rejects.toBe(away);
});

it('makes nobody wait for a Keystone that hangs who need not, and hears of its return', async () => {
  const { state, pass, known, find } = setUp();
  const good = known();
  state.answer = good;
  await find();
  pass(60 * SECOND);
  state.answer = away;
  expect(await find()).toBe(good);
  let answer = (_token: undefined): void => undefined;
  state.answer = new Promise((resolve) => {
    answer = resolve;
  });
  expect(await find()).toBe(good);
  expect(await find()).toBe(good);
  expect(state.calls).toHaveLength(3);
  answer(undefined);
  await state.answer;
  // It was revoked meanwhile. The answer arrives some microtasks later.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await find()).toBeUndefined();
});

it('passes an expired token for a service and for nobody else', async () => {
  const { state, known, find } = setUp();
  const expired = known(-SECOND);
  expect(await find()).toBeUndefined();
  state.answer = expired;
  expect(await find()).toBeUndefined();
  expect(await find('t', { allowExpired: true })).toBe(expired);
  expect(await find('t', { allowExpired: true })).toBe(expired);
  state.answer = undefined;
  expect(await find()).toBeUndefined();
  expect(state.calls.map(({ allowExpired }) => allowExpired)).toEqual([false, true, true, false]);
});

it('denies to all what it denied to a service', async () => {
  const { state, find } = setUp();
  await find('t', { allowExpired: true });
  expect(await find()).toBeUndefined();
  expect(state.calls).toHaveLength(1);
});

it('keeps no token that a dump of it could show', async () => {
  const { state, cache, known, find } = setUp();
  state.answer = known();
  await find('secret-token');
  expect(inspect(cache, { depth: 10, showHidden: true })).not.toContain('secret-token');
});

it('holds on to good tokens however many bad ones are tried', async () => {
  const { state, known, find } = setUp();
  state.answer = known();
  await find('good');
  state.answer = undefined;
  for (let i = 0; i < 12_000; i += 1) await find(`bad-${i}`);
  state.calls.length = 0;
  expect(await find('good')).toBeDefined();
  expect(state.calls).toHaveLength(0);
});

it('says once that Keystone is away, and once that it is back', async () => {
  const { state, find } = setUp({ cacheMs: 0 });
  for (const answer of [undefined, away, away, undefined, undefined, away]) {
    state.answer = answer;
    await find().catch(() => undefined);
  }
  expect(state.logged).toEqual([
    expect.stringContaining('does not answer'),
    'keystone answers again',
    expect.stringContaining('does not answer'),
  ]);
});
