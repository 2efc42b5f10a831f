import type { Doorbell, JobRunner, Logger, Ring } from '@parallax/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createListener, type Listener } from './heard.ts';
import { until } from './until.ts';

export interface QueueUnderTest {
  doorbell(): Promise<Doorbell>;
  runner(): Promise<JobRunner>;
}

/** Says nothing. */
export const silentLog: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

let count = 0;
/** A region that no other test rings. */
export function newRegion(): string {
  count += 1;
  return `r${count}-${process.pid}`;
}

export function transfer(region: string, id: string, more: Partial<Ring> = {}): Ring {
  return { region, name: 'transfer', id, ...more };
}

/** Opened things that are closed after each test, runners first. */
export function createScope(queue: QueueUnderTest) {
  const closers: (() => Promise<void>)[] = [];
  return {
    async bell(): Promise<Doorbell> {
      const bell = await queue.doorbell();
      closers.push(() => bell.close());
      return bell;
    },
    async listen(region: string, listener: Listener, concurrency = 4): Promise<JobRunner> {
      const runner = await queue.runner();
      closers.unshift(() => runner.close({ drainMs: 0 }));
      await runner.listen(region, { concurrency }, listener.handlers);
      return runner;
    },
    async close(): Promise<void> {
      for (const close of closers.splice(0)) await close();
    },
  };
}

/** What a doorbell and its runner promise, on any backend. */
export function describeQueue(name: string, queue: QueueUnderTest): void {
  const scope = createScope(queue);
  afterEach(() => scope.close());

  describe(`${name}: rings`, () => {
    it('hears a ring with its id and trace', async () => {
      const region = newRegion();
      const listener = createListener();
      await scope.listen(region, listener);
      const bell = await scope.bell();
      const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await bell.ring({ region, name: 'verify', id: '7', trace });
      await until(() => listener.heard.length > 0, 'the ring is heard');
      expect(listener.heard).toEqual([{ name: 'verify', id: '7', trace }]);
    });

    it('makes doubled rings one and keeps other names, ids and generations apart', async () => {
      const region = newRegion();
      const bell = await scope.bell();
      await bell.ring(transfer(region, '1'), transfer(region, '1'));
      await bell.ring(transfer(region, '1'));
      await bell.ring(transfer(region, '1', { generation: 2 }), transfer(region, '2'));
      await bell.ring({ region, name: 'reconcile', id: '1' });
      await bell.ring(transfer(region, 'last', { priority: 9 }));
      const listener = createListener();
      await scope.listen(region, listener, 1);
      await until(() => listener.ids().includes('last'), 'all are heard');
      const heard = listener.heard.map((job) => `${job.name} ${job.id}`).sort();
      expect(heard).toEqual([
        'reconcile 1',
        'transfer 1',
        'transfer 1',
        'transfer 2',
        'transfer last',
      ]);
    });

    it('hears an id again, after its job has ended and while it runs', async () => {
      const region = newRegion();
      const bell = await scope.bell();
      let first = true;
      const listener = createListener(async () => {
        if (!first) return;
        first = false;
        await bell.ring(transfer(region, '1'));
        await until(() => listener.heard.length >= 2, 'the ring of the running job is heard');
      });
      await scope.listen(region, listener);
      await bell.ring(transfer(region, '1'));
      await until(() => listener.heard.length === 2, 'both are heard');
      await bell.ring(transfer(region, '1'));
      await until(() => listener.heard.length === 3, 'the third is heard');
    });

    it('hears a delayed ring later, and an undelayed one of the same row at once', async () => {
      const region = newRegion();
      const times: number[] = [];
      const listener = createListener(async () => void times.push(performance.now()));
      await scope.listen(region, listener);
      const bell = await scope.bell();
      const from = performance.now();
      await bell.ring(transfer(region, '1', { delayMs: 1_500 }));
      await bell.ring(transfer(region, '1'));
      await until(() => times.length === 2, 'both are heard');
      expect((times[0] ?? 0) - from).toBeLessThan(1_400);
      expect((times[1] ?? 0) - from).toBeGreaterThanOrEqual(1_450);
    });

    it('hears urgent rings first, rings without urgency between 3 and 4', async () => {
      const region = newRegion();
      const bell = await scope.bell();
      await bell.ring(
        transfer(region, 'e', { priority: 5 }),
        transfer(region, 'd', { priority: 4 }),
      );
      await bell.ring(transfer(region, 'c'), transfer(region, 'b', { priority: 2 }));
      await bell.ring(transfer(region, 'a', { priority: 1 }));
      const listener = createListener();
      await scope.listen(region, listener, 1);
      await until(() => listener.heard.length === 5, 'all are heard');
      expect(listener.ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('rings only in its region', async () => {
      const [here, there] = [newRegion(), newRegion()];
      const [east, west] = [createListener(), createListener()];
      await scope.listen(here, east);
      await scope.listen(there, west);
      const bell = await scope.bell();
      await bell.ring(transfer(here, '1'), transfer(there, '2'));
      await until(() => east.heard.length + west.heard.length === 2, 'both are heard');
      expect([east.ids(), west.ids()]).toEqual([['1'], ['2']]);
    });

    it('hears every ring of a burst of 1,000', { timeout: 60_000 }, async () => {
      const region = newRegion();
      const listener = createListener();
      await scope.listen(region, listener, 16);
      const bell = await scope.bell();
      const ids = Array.from({ length: 1_000 }, (_, i) => String(i));
      await bell.ring(...ids.map((id) => transfer(region, id)));
      await until(() => listener.heard.length >= 1_000, 'all are heard', 45_000);
      expect(new Set(listener.ids()).size).toBe(1_000);
      expect(listener.heard).toHaveLength(1_000);
    });
  });

  describe(`${name}: jobs`, () => {
    it('goes on after a handler that throws, and does not try that job again', async () => {
      const region = newRegion();
      const listener = createListener(async (id) => {
        if (id === 'bad') throw new Error('no');
      });
      await scope.listen(region, listener, 1);
      const bell = await scope.bell();
      await bell.ring(transfer(region, 'bad', { priority: 1 }), transfer(region, 'good'));
      await until(() => listener.ids().includes('good'), 'the good one is heard');
      await bell.ring(transfer(region, 'later'));
      await until(() => listener.ids().includes('later'), 'the later one is heard');
      expect(listener.ids()).toEqual(['bad', 'good', 'later']);
    });

    it('aborts what still runs when it is closed, and waits for it', async () => {
      const region = newRegion();
      let ended: unknown;
      const listener = createListener(async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended = signal.reason;
      });
      const runner = await scope.listen(region, listener);
      const bell = await scope.bell();
      await bell.ring(transfer(region, '1'));
      await until(() => listener.heard.length === 1, 'the job runs');
      const from = performance.now();
      await runner.close({ drainMs: 300 });
      expect(ended).toMatchObject({ code: 'cancelled' });
      expect(performance.now() - from).toBeGreaterThanOrEqual(290);
      expect(performance.now() - from).toBeLessThan(5_000);
    });

    it('lets what runs end by itself within the drain time', async () => {
      const region = newRegion();
      let aborted: boolean | undefined;
      const listener = createListener(async (_, { signal }) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        aborted = signal.aborted;
      });
      const runner = await scope.listen(region, listener);
      const bell = await scope.bell();
      await bell.ring(transfer(region, '1'));
      await until(() => listener.heard.length === 1, 'the job runs');
      await runner.close({ drainMs: 10_000 });
      expect(aborted).toBe(false);
    });

    it('loses nothing but time to a ring after close', async () => {
      const bell = await scope.bell();
      await bell.close();
      await expect(bell.ring(transfer(newRegion(), '1'))).resolves.toBeUndefined();
    });
  });
}
