import { AppError, type JobName } from '@parallax/core';
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type PgPool,
  runMigrations,
  withBackend,
} from 'bullmq';
import pg from 'pg';
import {
  type Backend,
  type BackendRole,
  type BellQueue,
  type BellWorker,
  EVENT_STREAM,
  type Process,
  workerTimes,
} from './backend.ts';
import { type JobBody, queueName } from './job.ts';
import { within } from './within.ts';

const CONNECT_MS = 5_000;
const QUERY_MS = 15_000;
/** A runner needs one connection per region to listen on, besides these. */
const QUERY_CONNECTIONS = 2;
const CLOSE_MS = 2_000;

const { Queue, Worker } = withBackend(createPostgresBackend);

/** BullMQ on the deployment's Postgres, in the schema `bullmq`. Its migrations take an advisory lock, so any number of processes may start at once. */
export class PostgresBackend implements Backend {
  readonly #url: string;
  readonly #role: BackendRole;
  readonly #pools: pg.Pool[] = [];
  #bellPool: pg.Pool | undefined;
  #migrated: Promise<void> | undefined;

  constructor(url: string, role: BackendRole) {
    this.#url = url;
    this.#role = role;
  }

  async check(ms: number): Promise<boolean> {
    const outcome = await within(ms, this.#migrate()).catch((cause) => {
      if (isAway(cause)) return 'late' as const;
      throw new AppError('unavailable', 'the queue cannot be set up in the database', { cause });
    });
    return outcome !== 'late';
  }

  async queue(region: string, onError: (error: Error) => void): Promise<BellQueue> {
    await this.#migrate();
    this.#bellPool ??= this.#openPool(QUERY_CONNECTIONS);
    const options = { connection: forBull(this.#bellPool), streams: EVENT_STREAM };
    const queue = new Queue<JobBody, void, JobName>(queueName(region), options);
    queue.on('error', onError);
    return this.#whenReady(queue);
  }

  async worker(
    region: string,
    o: { readonly concurrency: number; readonly lockMs: number; readonly process: Process },
  ): Promise<BellWorker> {
    await this.#migrate();
    const pool = this.#openPool(QUERY_CONNECTIONS + 1);
    const options = {
      connection: forBull(pool),
      concurrency: o.concurrency,
      ...workerTimes(o.lockMs),
    };
    const worker = new Worker<unknown, void>(queueName(region), o.process, options);
    worker.on('error', () => {}); // The runner listens from when it has the worker.
    return this.#whenReady(worker).catch((cause) => {
      this.#pools.splice(this.#pools.indexOf(pool), 1);
      void within(CLOSE_MS, pool.end());
      throw cause;
    });
  }

  async close(): Promise<void> {
    const ends = this.#pools.map((pool) => within(CLOSE_MS, pool.end()));
    await Promise.allSettled(ends);
  }

  /** BullMQ keeps a first failure for ever, so an object that did not become ready is thrown away. */
  async #whenReady<T extends { waitUntilReady(): Promise<unknown>; close(): Promise<void> }>(
    opened: T,
  ): Promise<T> {
    try {
      await opened.waitUntilReady();
      return opened;
    } catch (cause) {
      await within(CLOSE_MS, opened.close()).catch(() => {});
      throw cause;
    }
  }

  #migrate(): Promise<void> {
    this.#migrated ??= this.#runMigrations().catch((cause) => {
      this.#migrated = undefined;
      throw cause;
    });
    return this.#migrated;
  }

  async #runMigrations(): Promise<void> {
    const client = new pg.Client({ ...this.#connection(), query_timeout: 60_000 });
    client.on('error', () => {}); // The query under way fails with it.
    try {
      await client.connect();
      await runMigrations(client);
    } finally {
      await within(CLOSE_MS, client.end()).catch(() => {});
    }
  }

  #openPool(max: number): pg.Pool {
    const pool = new pg.Pool({
      ...this.#connection(),
      max,
      idleTimeoutMillis: 30_000,
      query_timeout: QUERY_MS,
      // BullMQ finds its tables by search_path, which it cannot set on a pool that it did not make.
      options: `-c search_path=${DEFAULT_SCHEMA}`,
    });
    pool.on('error', () => {}); // An idle connection that drops is replaced at its next use.
    this.#pools.push(pool);
    return pool;
  }

  #connection(): pg.ClientConfig {
    const url = new URL(this.#url);
    // `options` of the URL would replace ours, and with them the search_path.
    url.searchParams.delete('options');
    return {
      connectionString: url.href,
      application_name: `parallax ${this.#role}`,
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    };
  }
}

/** BullMQ's structural copy of pg's types misses some of their overloads; its documentation names pg.Pool as what to pass. */
function forBull(pool: pg.Pool): PgPool {
  return pool as PgPool;
}

function isAway(cause: unknown): boolean {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : '';
  // No code: pg's own time-outs and "Connection terminated". 57P: shutting down or starting up; 53300: too many connections; 08: connection lost.
  return code === '' || /^(E[A-Z]+|57P0\d|53300|08...)$/.test(String(code));
}
