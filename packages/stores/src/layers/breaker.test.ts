import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { AppError, type ErrorCode, type Store } from '@parallax/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryStore, stallAt, vanish } from '../testing/index.ts';
import { bytesOf, entriesOf, readBlob, writeBlob } from '../testing/suite/subject.ts';
import { type BreakerOptions, breakerLayer } from './breaker.ts';
import { timeoutLayer } from './timeout.ts';
import { type StoreCall, wrapStore } from './wrap-store.ts';

const KEY = 'aa/image.1';
const NO_BLOB = 'aa/nothing';
const unavailable = { code: 'unavailable' };
const shut = { code: 'unavailable', message: 'the store failed and is left alone for now' };

/** A store in a breaker that can be made to vanish, and the calls that reached it. */
async function breakable(o: BreakerOptions = {}) {
  const state = { isGone: false, calls: [] as StoreCall[], changes: [] as boolean[] };
  const inner = memoryStore();
  await writeBlob(inner, KEY, bytesOf(10));
  const counted = wrapStore(() => ({
    call: (name, work) => {
      state.calls.push(name);
      return work();
    },
  }));
  const changed = (_: string, isOpen: boolean) => state.changes.push(isOpen);
  const store = breakerLayer({ failures: 3, restMs: 1000, longestRestMs: 3000, changed, ...o })(
    counted(vanish(() => state.isGone)(inner)),
  );
  return { state, store };
}

/** A store in a breaker whose bodies break off after some bytes. */
async function broken(code: ErrorCode) {
  const state = { code: code as ErrorCode | undefined };
  const changes: boolean[] = [];
  const inner = memoryStore();
  await writeBlob(inner, KEY, bytesOf(10));
  const breaking = wrapStore(() => ({
    call: (_, work) => work(),
    body: (body) => (state.code === undefined ? body : brokenOff(state.code)),
  }));
  const changed = (_: string, isOpen: boolean) => changes.push(isOpen);
  const store = breakerLayer({ failures: 3, restMs: 1000, changed })(breaking(inner));
  return { state, store, changes };
}

function brokenOff(code: ErrorCode): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('some');
      throw new AppError(code, 'broke off');
    })(),
  );
}

async function fail(store: Store, times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    await expect(store.stat(KEY)).rejects.toMatchObject(unavailable);
  }
}

describe('the breaker layer', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fails at once, without asking, after so many failures in a row', async () => {
    const { state, store } = await breakable();
    state.isGone = true;
    await fail(store, 3);
    state.calls.length = 0;
    await expect(store.stat(KEY)).rejects.toMatchObject({ ...shut, retryAfterMs: 1000 });
    await expect(store.open(KEY)).rejects.toMatchObject(shut);
    await expect(store.begin('aa/new')).rejects.toMatchObject(shut);
    await expect(entriesOf(store)).rejects.toMatchObject(shut);
    expect(state.calls).toEqual([]);
    expect(state.changes).toEqual([true]);
  });

  it('fails reads of what is open already, so that another copy is taken', async () => {
    const { state, store } = await breakable();
    const handle = await store.openAt?.(KEY);
    state.isGone = true;
    await fail(store, 3);
    state.calls.length = 0;
    await expect(handle?.read(new Uint8Array(5), 0)).rejects.toMatchObject(shut);
    await handle?.close();
    expect(state.calls).toEqual(['close']);
  });

  it('counts failures in a row only', async () => {
    const { state, store } = await breakable();
    for (let round = 0; round < 4; round += 1) {
      state.isGone = true;
      await fail(store, 2);
      state.isGone = false;
      await store.stat(KEY);
    }
    expect(state.changes).toEqual([]);
  });

  it('takes every other code for an answer', async () => {
    const { state, store } = await breakable();
    for (let round = 0; round < 10; round += 1) {
      await expect(store.stat(NO_BLOB)).rejects.toMatchObject({ code: 'not_found' });
      await expect(store.stat('../x')).rejects.toMatchObject({ code: 'invalid_request' });
    }
    const signal = AbortSignal.abort();
    state.isGone = true;
    await fail(store, 2);
    state.isGone = false;
    await expect(store.stat(KEY, { signal })).rejects.toMatchObject({ code: 'cancelled' });
    state.isGone = true;
    // The cancelled call said nothing: this failure is the third in a row.
    await fail(store, 1);
    expect(state.changes).toEqual([true]);
  });

  it('lets one call through after its rest, and all when it gets an answer', async () => {
    const { state, store } = await breakable();
    state.isGone = true;
    await fail(store, 3);
    state.isGone = false;
    vi.advanceTimersByTime(999);
    await expect(store.stat(KEY)).rejects.toMatchObject(shut);
    vi.advanceTimersByTime(1);
    state.calls.length = 0;
    const probe = expect(store.stat(NO_BLOB)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.stat(KEY)).rejects.toMatchObject(shut);
    await probe;
    expect((await store.stat(KEY)).size).toBe(10);
    expect(state.calls).toEqual(['stat', 'stat']);
    expect(state.changes).toEqual([true, false]);
  });

  it('rests twice as long after each probe that failed, up to its longest', async () => {
    const { state, store } = await breakable();
    state.isGone = true;
    await fail(store, 3);
    for (const restMs of [1000, 2000, 3000, 3000]) {
      vi.advanceTimersByTime(restMs - 1);
      await expect(store.stat(KEY)).rejects.toMatchObject({ ...shut, retryAfterMs: 1000 });
      vi.advanceTimersByTime(1);
      await expect(store.stat(KEY)).rejects.toMatchObject({ message: 'the place is gone' });
    }
    expect(state.changes).toEqual([true]);
  });

  it('always lets the identity be asked for, and probes when it is there again', async () => {
    const { state, store } = await breakable();
    state.isGone = true;
    await fail(store, 3);
    await expect(store.readIdentity()).rejects.toMatchObject({ message: 'the place is gone' });
    await expect(store.stat(KEY)).rejects.toMatchObject(shut);
    state.isGone = false;
    await store.readIdentity();
    expect((await store.stat(KEY)).size).toBe(10);
    expect(state.changes).toEqual([true, false]);
  });

  it('lets writes be aborted while it is open', async () => {
    const { state, store } = await breakable();
    const writer = await store.begin('aa/new');
    state.isGone = true;
    await fail(store, 3);
    state.isGone = false;
    await writer.abort();
    expect(state.calls.at(-1)).toBe('abort');
  });

  it('counts bodies that fail half-way, though every one was opened', async () => {
    const { store, changes } = await broken('unavailable');
    for (let index = 0; index < 3; index += 1) {
      await expect(readBlob(store, KEY)).rejects.toMatchObject(unavailable);
    }
    await expect(store.open(KEY)).rejects.toMatchObject(shut);
    expect(changes).toEqual([true]);
  });

  it('counts bodies that stall half-way', async () => {
    const changes: boolean[] = [];
    const inner = memoryStore();
    await writeBlob(inner, KEY, bytesOf(10));
    const changed = (_: string, isOpen: boolean) => changes.push(isOpen);
    const store = [
      stallAt(5),
      timeoutLayer({ stallMs: 20 }),
      breakerLayer({ failures: 3, changed }),
    ].reduce((each, layer) => layer(each), inner as Store);
    for (let index = 0; index < 3; index += 1) {
      await expect(readBlob(store, KEY)).rejects.toMatchObject({ code: 'stalled' });
    }
    await expect(store.open(KEY)).rejects.toMatchObject(shut);
    expect(changes).toEqual([true]);
  });

  it('is open again at once when the body of its probe fails', async () => {
    const { store, changes } = await broken('unavailable');
    for (let index = 0; index < 3; index += 1) {
      await expect(readBlob(store, KEY)).rejects.toMatchObject(unavailable);
    }
    vi.advanceTimersByTime(1000);
    await expect(readBlob(store, KEY)).rejects.toMatchObject({ message: 'broke off' });
    await expect(store.stat(KEY)).rejects.toMatchObject(shut);
    expect(changes).toEqual([true, false, true]);
  });

  it('forgets failures when a body was read to its end, and not before', async () => {
    const { store, state, changes } = await broken('unavailable');
    for (let round = 0; round < 4; round += 1) {
      state.code = 'unavailable';
      for (let index = 0; index < 2; index += 1) {
        await expect(readBlob(store, KEY)).rejects.toMatchObject(unavailable);
      }
      state.code = undefined;
      await readBlob(store, KEY);
    }
    expect(changes).toEqual([]);
  });

  it('takes other ends of a body for no failure of the store', async () => {
    const { store, state, changes } = await broken('store_failed');
    for (let index = 0; index < 4; index += 1) {
      await expect(readBlob(store, KEY)).rejects.toMatchObject({ code: 'store_failed' });
    }
    state.code = undefined;
    for (let index = 0; index < 4; index += 1) {
      const { body } = await store.open(KEY);
      // As a pipeline does whose other end failed.
      body.destroy(new AppError('unavailable', 'the other end'));
      await expect(finished(body)).rejects.toMatchObject({ message: 'the other end' });
    }
    expect(changes).toEqual([]);
  });

  it('leaves a kind without a place of its own alone', async () => {
    const inner = memoryStore();
    const placeless: Store = Object.create(inner, {
      capabilities: { value: { ...inner.capabilities, marker: false } },
    });
    expect(breakerLayer()(placeless)).toBe(placeless);
  });
});
