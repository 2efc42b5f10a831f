import { AppError, type Store } from '@parallax/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failAt, memoryStore } from '../testing/index.ts';
import { bytesOf, readBlob, writeBlob } from '../testing/suite/subject.ts';
import { type RetryOptions, retryLayer } from './retry.ts';
import { type StoreCall, wrapStore } from './wrap-store.ts';

const KEY = 'aa/image.1';

/** A store whose `call` does as `fail` says, once it has done its work; counts it. */
function counting(call: StoreCall, fail: (nth: number) => AppError | undefined) {
  const seen = { calls: 0 };
  const layer = wrapStore(() => ({
    call: async (name, work) => {
      const result = await work();
      if (name !== call) return result;
      seen.calls += 1;
      const error = fail(seen.calls);
      if (error !== undefined) throw error;
      return result;
    },
  }));
  return { layer, seen };
}

const away = () => new AppError('unavailable', 'away');

describe('the retry layer', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each(['stat', 'open', 'openAt'] as const)('makes %s again after unavailable', async (call) => {
    const inner = memoryStore();
    await writeBlob(inner, KEY, bytesOf(10));
    const store = retryLayer()(failAt(1, { call, code: 'unavailable' })(inner));
    const result = store[call]?.(KEY);
    await vi.advanceTimersByTimeAsync(100);
    await expect(result).resolves.toMatchObject({ size: 10 });
  });

  it('puts a part again whose answer was lost, and it is there once', async () => {
    const { layer, seen } = counting('put', (nth) => (nth < 3 ? away() : undefined));
    const store = retryLayer()(layer(memoryStore({ shape: 'parts' })));
    const bytes = Buffer.from(bytesOf(1000));
    const writing = writeBlob(store, KEY, bytes);
    await vi.advanceTimersByTimeAsync(1000);
    await writing;
    expect(seen.calls).toBe(3);
    expect((await readBlob(store, KEY)).equals(bytes)).toBe(true);
  });

  it('waits longer each time, and gives up after so many tries', async () => {
    const { seen, result } = failing(away, { attempts: 3, waitMs: 100 });
    await vi.advanceTimersByTimeAsync(99);
    expect(seen.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.calls).toBe(2);
    await vi.advanceTimersByTimeAsync(199);
    expect(seen.calls).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.calls).toBe(3);
    await expect(result).resolves.toMatchObject({ code: 'unavailable' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.calls).toBe(3);
  });

  it('waits as long as the store asks for, but not beyond its end', async () => {
    const busy = (retryAfterMs: number) => () =>
      new AppError('unavailable', 'busy', { retryAfterMs });
    const patient = failing(busy(5000), { giveUpMs: 10_000 });
    await vi.advanceTimersByTimeAsync(4999);
    expect(patient.seen.calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(patient.seen.calls).toBe(2);
    await expect(patient.result).resolves.toMatchObject({ code: 'unavailable' });
    const impatient = failing(busy(20_000), { giveUpMs: 10_000 });
    await expect(impatient.result).resolves.toMatchObject({ code: 'unavailable' });
    expect(impatient.seen.calls).toBe(1);
  });

  it.each(['stalled', 'store_failed', 'not_found', 'no_space', 'cancelled'] as const)(
    'takes %s for an answer',
    async (code) => {
      const { seen, result } = failing(() => new AppError(code));
      await expect(result).resolves.toMatchObject({ code });
      expect(seen.calls).toBe(1);
    },
  );

  it.each(['begin', 'commit', 'sync'] as const)('never makes %s again', async (call) => {
    const { layer, seen } = counting(call, away);
    const store = retryLayer()(layer(memoryStore()));
    const writing = async () => {
      const writer = await store.begin(KEY);
      await writer.sync?.();
      await writer.commit([], { size: 0 });
    };
    await expect(writing()).rejects.toMatchObject({ code: 'unavailable' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.calls).toBe(1);
  });

  it('stops when the caller gives up', async () => {
    const controller = new AbortController();
    const { seen, result } = failing(away, {}, controller.signal);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    controller.abort();
    await expect(result).resolves.toMatchObject({ code: 'unavailable' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.calls).toBe(1);
  });
});

/** A `freeBytes` that always fails, under way. */
function failing(error: () => AppError, o: RetryOptions = {}, signal?: AbortSignal) {
  const seen = { calls: 0 };
  const inner = memoryStore();
  const freeBytes = async () => {
    seen.calls += 1;
    throw error();
  };
  const store: Store = retryLayer(o)(Object.create(inner, { freeBytes: { value: freeBytes } }));
  const result = store.freeBytes?.({ signal }).catch((cause: unknown) => cause);
  return { seen, result };
}
