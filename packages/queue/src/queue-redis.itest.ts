import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDoorbell } from './doorbell.ts';
import { createJobRunner } from './job-runner.ts';
import type { QueueOutcome } from './options.ts';
import {
  createListener,
  createRedisServer,
  createScope,
  describeQueue,
  hasRedisServer,
  newRegion,
  type RedisServer,
  silentLog,
  transfer,
  until,
} from './testing/index.ts';

const NO_DATABASE = 'postgres://nobody@127.0.0.1:1/none';

describe.skipIf(!hasRedisServer())('redis-server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await createRedisServer();
    await server.start();
  });
  afterAll(() => server.kill());

  const options = () => ({ redisUrl: server.url, databaseUrl: NO_DATABASE, log: silentLog });
  const queue = {
    doorbell: () => createDoorbell(options()),
    runner: () => createJobRunner({ ...options(), drainMs: 1_000 }),
  };
  const scope = createScope(queue);
  afterEach(() => scope.close());

  describeQueue('redis', queue);

  /** Rings new ids until one is heard. */
  async function hearsAgain(
    bell: Awaited<ReturnType<typeof createDoorbell>>,
    region: string,
    ids: () => readonly string[],
  ) {
    let rings = 0;
    await until(
      async () => {
        rings += 1;
        await bell.ring(transfer(region, `again-${rings}`));
        return ids().some((id) => id.startsWith('again'));
      },
      'a later ring is heard',
      30_000,
    );
  }

  describe('redis: trouble', () => {
    it('hears later rings after FLUSHALL in the middle of a load', {
      timeout: 60_000,
    }, async () => {
      const region = newRegion();
      const listener = createListener(() => new Promise((resolve) => setTimeout(resolve, 5)));
      await scope.listen(region, listener);
      const bell = await scope.bell();
      const ids = Array.from({ length: 400 }, (_, i) => String(i));
      await bell.ring(...ids.map((id) => transfer(region, id)));
      await until(() => listener.heard.length > 20, 'the load runs');
      await server.flush();
      await hearsAgain(bell, region, listener.ids);
      await bell.ring(transfer(region, '399'));
      await until(() => listener.ids().includes('399'), 'a lost id is heard when it rings again');
    });

    it('hears later rings after a crash in the middle of a load', { timeout: 60_000 }, async () => {
      const region = newRegion();
      const listener = createListener(() => new Promise((resolve) => setTimeout(resolve, 5)));
      await scope.listen(region, listener);
      const bell = await scope.bell();
      const ids = Array.from({ length: 400 }, (_, i) => String(i));
      await bell.ring(...ids.map((id) => transfer(region, id)));
      await until(() => listener.heard.length > 20, 'the load runs');
      await server.kill();
      const from = performance.now();
      for (let i = 0; i < 20; i += 1) await bell.ring(transfer(region, `down-${i}`));
      expect(performance.now() - from).toBeLessThan(1_500);
      await server.start();
      await hearsAgain(bell, region, listener.ids);
    });

    it('returns soon while Redis is silent, and is heard again after', {
      timeout: 60_000,
    }, async () => {
      const region = newRegion();
      const listener = createListener();
      await scope.listen(region, listener);
      const bell = await scope.bell();
      await bell.ring(transfer(region, '0'));
      server.freeze();
      try {
        const from = performance.now();
        for (let i = 0; i < 50; i += 1) await bell.ring(transfer(region, `silent-${i}`));
        expect(performance.now() - from).toBeLessThan(1_500);
      } finally {
        server.thaw();
      }
      await hearsAgain(bell, region, listener.ids);
    });

    it('starts while Redis is away, counts what is lost, and closes soon', {
      timeout: 60_000,
    }, async () => {
      const away = await createRedisServer();
      const outcomes = new Map<QueueOutcome, number>();
      const count = (outcome: QueueOutcome, n: number) =>
        void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + n);
      const o = { ...options(), redisUrl: away.url, observe: count };
      const [bell, runner] = await Promise.all([createDoorbell(o), createJobRunner(o)]);
      const region = newRegion();
      const listener = createListener();
      await runner.listen(region, { concurrency: 1 }, listener.handlers);
      await bell.ring(transfer(region, '0'));
      await away.start();
      await hearsAgain(bell, region, listener.ids);
      await away.kill();
      await until(async () => {
        await bell.ring(transfer(region, 'lost'));
        return (outcomes.get('lost') ?? 0) > 0;
      }, 'a lost ring is counted');
      const from = performance.now();
      await Promise.all([bell.close(), runner.close()]);
      expect(performance.now() - from).toBeLessThan(5_000);
    });

    it('aborts a job whose Redis is gone when it is closed', { timeout: 30_000 }, async () => {
      const own = await createRedisServer();
      await own.start();
      const o = { ...options(), redisUrl: own.url };
      const [bell, runner] = await Promise.all([createDoorbell(o), createJobRunner(o)]);
      let aborted = false;
      const listener = createListener(async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        aborted = true;
      });
      await runner.listen('east', { concurrency: 1 }, listener.handlers);
      await bell.ring(transfer('east', '1'));
      await until(() => listener.heard.length === 1, 'the job runs');
      await own.kill();
      const from = performance.now();
      await runner.close({ drainMs: 100 });
      expect(aborted).toBe(true);
      expect(performance.now() - from).toBeLessThan(5_000);
      await bell.close();
    });

    it('aborts a job when its lock is gone', async () => {
      const region = newRegion();
      const runner = await createJobRunner({ ...options(), lockMs: 1_200 });
      const bell = await scope.bell();
      let reason: unknown;
      const listener = createListener(async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reason = signal.reason;
      });
      await runner.listen(region, { concurrency: 1 }, listener.handlers);
      await bell.ring(transfer(region, '1'));
      await until(() => listener.heard.length === 1, 'the job runs');
      await server.flush();
      await until(() => reason !== undefined, 'the job is aborted');
      expect(reason).toMatchObject({ code: 'lease_lost' });
      await runner.close();
    });

    it('refuses a Redis that may evict jobs', async () => {
      const evicting = await createRedisServer(['--maxmemory-policy', 'allkeys-lru']);
      await evicting.start();
      const o = { ...options(), redisUrl: evicting.url };
      const refusal = {
        code: 'invalid_request',
        message: expect.stringMatching(/maxmemory-policy allkeys-lru.*noeviction/),
      };
      await expect(createDoorbell(o)).rejects.toMatchObject(refusal);
      await expect(createJobRunner(o)).rejects.toMatchObject(refusal);
      await evicting.configure('maxmemory-policy', 'noeviction');
      const bell = await createDoorbell(o);
      await bell.close();
      await evicting.kill();
    });
  });
});
