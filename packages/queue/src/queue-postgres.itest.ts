import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDoorbell } from './doorbell.ts';
import { createJobRunner } from './job-runner.ts';
import type { QueueOutcome } from './options.ts';
import {
  createListener,
  createQueueDatabase,
  createScope,
  describeQueue,
  execute,
  newRegion,
  silentLog,
  transfer,
  until,
} from './testing/index.ts';

let database: Awaited<ReturnType<typeof createQueueDatabase>>;
beforeAll(async () => {
  database = await createQueueDatabase();
});
afterAll(() => database.drop());

const queue = {
  doorbell: () => createDoorbell({ databaseUrl: database.url, log: silentLog }),
  runner: () => createJobRunner({ databaseUrl: database.url, log: silentLog, drainMs: 1_000 }),
};

describeQueue('postgres', queue);

describe('postgres: trouble', () => {
  const scope = createScope(queue);
  afterEach(() => scope.close());

  it('is set up once by many processes that start together', async () => {
    const fresh = await createQueueDatabase();
    const bells = await Promise.all(
      Array.from({ length: 4 }, () => createDoorbell({ databaseUrl: fresh.url, log: silentLog })),
    );
    await Promise.all(bells.map((bell) => bell.ring(transfer('east', '1'))));
    const jobs = await execute(fresh.url, 'SELECT id FROM bullmq.job');
    expect(jobs).toHaveLength(1);
    await Promise.all(bells.map((bell) => bell.close()));
    await fresh.drop();
  });

  it('hears later rings after all of its connections were cut', { timeout: 60_000 }, async () => {
    const region = newRegion();
    const listener = createListener();
    await scope.listen(region, listener);
    const bell = await scope.bell();
    await bell.ring(transfer(region, 'before'));
    await until(() => listener.ids().includes('before'), 'the first ring is heard');
    await execute(
      database.url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    let rings = 0;
    await until(
      async () => {
        rings += 1;
        await bell.ring(transfer(region, `after-${rings}`));
        return listener.ids().some((id) => id.startsWith('after'));
      },
      'a later ring is heard',
      30_000,
    );
  });

  it('returns at once and counts when the database is away, at start and later', async () => {
    const outcomes = new Map<QueueOutcome, number>();
    const bell = await createDoorbell({
      databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
      log: silentLog,
      observe: (outcome, count) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count),
    });
    const from = performance.now();
    for (let i = 0; i < 20; i += 1) await bell.ring(transfer('east', String(i)));
    expect(performance.now() - from).toBeLessThan(1_000);
    await until(() => outcomes.get('lost') === 20, 'all are counted');
    await bell.close();
  });

  it('ignores what the database URL says about options', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c statement_timeout=5000');
    const bell = await createDoorbell({ databaseUrl: url.href, log: silentLog });
    const region = newRegion();
    const listener = createListener();
    await scope.listen(region, listener);
    await bell.ring(transfer(region, '1'));
    await until(() => listener.heard.length === 1, 'the ring is heard');
    await bell.close();
  });
});
