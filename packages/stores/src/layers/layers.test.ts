import { describe, expect, it, vi } from 'vitest';
import { describeStore, MemoryPlace, memoryStore } from '../testing/index.ts';
import { bytesOf, entriesOf, readBlob, writeBlob } from '../testing/suite/subject.ts';
import { limitLayer } from './limit.ts';
import { standardLayers } from './standard.ts';
import { telemetryLayer } from './telemetry.ts';
import { timeoutLayer } from './timeout.ts';
import { wrapStore } from './wrap-store.ts';

const KEY = 'aa/image.1';

/** Holds every call of `held` until `release`. */
function gate(held: string) {
  const open: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const layer = wrapStore(() => ({
    call: async (name, work) => {
      if (name !== held) return work();
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => open.push(resolve));
      running -= 1;
      return work();
    },
  }));
  return { layer, release: () => open.splice(0).map((go) => go()).length, most: () => most };
}

const place = new MemoryPlace();
const standard = standardLayers({
  telemetry: { call: () => {}, bytes: () => {} },
  stallMs: 5000,
  calls: 2,
});
describeStore('memory in parts, in its layers', {
  create: async () => standard(memoryStore({ place, shape: 'parts' })),
});

describe('the timeout layer', () => {
  it('gives up a call that hangs', async () => {
    const hung = gate('stat');
    const store = timeoutLayer({ stallMs: 20 })(hung.layer(memoryStore()));
    await expect(store.stat(KEY)).rejects.toMatchObject({ code: 'stalled' });
    hung.release();
  });

  it('gives a part the time that its bytes may take', async () => {
    vi.useFakeTimers();
    const hung = gate('put');
    const store = timeoutLayer({ stallMs: 1000 })(hung.layer(memoryStore()));
    const writer = await store.begin(KEY);
    let failure: unknown;
    writer.put(0, [bytesOf(2_560_000)]).catch((error: unknown) => {
      failure = error;
    });
    await vi.advanceTimersByTimeAsync(10_999);
    expect(failure).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(failure).toMatchObject({ code: 'stalled' });
    hung.release();
    vi.useRealTimers();
  });

  it('gives up a listing that hangs', async () => {
    const hung = gate('list');
    const store = timeoutLayer({ stallMs: 20 })(hung.layer(memoryStore()));
    await expect(entriesOf(store)).rejects.toMatchObject({ code: 'stalled' });
    hung.release();
  });

  it('aborts a write that begins when nobody waits any more', async () => {
    const at = new MemoryPlace();
    at.identity = 'somebody';
    const hung = gate('begin');
    const store = timeoutLayer({ stallMs: 20 })(hung.layer(memoryStore({ place: at })));
    await expect(store.begin(KEY)).rejects.toMatchObject({ code: 'stalled' });
    hung.release();
    await vi.waitFor(() => expect(at.writes.size).toBe(0));
  });

  it('does not mind a reader who is slow', async () => {
    const inner = memoryStore();
    await writeBlob(inner, KEY, bytesOf(500_000));
    const { body } = await timeoutLayer({ stallMs: 20 })(inner).open(KEY);
    let read = 0;
    for await (const chunk of body) {
      read += chunk.byteLength;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(read).toBe(500_000);
  });
});

describe('the limit layer', () => {
  it('lets only so many calls in, in order, and never holds back an end', async () => {
    const slow = gate('stat');
    const inner = memoryStore();
    await writeBlob(inner, KEY, bytesOf(1));
    const store = limitLayer({ calls: 2 })(slow.layer(inner));
    const writer = await store.begin('aa/image.2');
    const stats = Array.from({ length: 5 }, () => store.stat(KEY));
    await writer.abort();
    while (slow.most() < 2) await new Promise((resolve) => setImmediate(resolve));
    let released = 0;
    while (released < 5) {
      released += slow.release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all(stats)).toHaveLength(5);
    expect(slow.most()).toBe(2);
  });

  it('gives a place back when a call fails', async () => {
    const store = limitLayer({ calls: 1 })(memoryStore());
    for (let index = 0; index < 3; index += 1) {
      await expect(store.stat(KEY)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('the telemetry layer', () => {
  it('reports calls with their outcome, and bytes both ways', async () => {
    const calls: string[] = [];
    const moved = { read: 0, write: 0 };
    const store = telemetryLayer({
      call: ({ storeId, call, outcome }) => calls.push(`${storeId} ${call} ${outcome}`),
      bytes: (_, direction, bytes) => {
        moved[direction] += bytes;
      },
    })(memoryStore({ id: 'east-1' }));
    await writeBlob(store, KEY, bytesOf(1000));
    await readBlob(store, KEY, { start: 900 });
    const handle = await store.openAt?.(KEY);
    await handle?.read(new Uint8Array(50), 0);
    await expect(store.stat('aa/nothing')).rejects.toMatchObject({ code: 'not_found' });
    expect(calls).toEqual(
      ['begin', 'put', 'commit', 'open', 'openAt', 'read']
        .map((call) => `east-1 ${call} ok`)
        .concat('east-1 stat not_found'),
    );
    expect(moved).toEqual({ read: 150, write: 1000 });
  });
});
