import { AppError, type JobName, type Logger } from '@parallax/core';
import { Queue, Worker } from 'bullmq';
import { type RedisOptions as IoredisOptions, Redis } from 'ioredis';
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

/** ioredis' constructor wants the reply mapping apart from its other options. */
type RedisOptions = IoredisOptions & { readonly replyMapping?: 'legacy' };

const PREFIX = 'parallax';
const OLDEST_VERSION = [6, 2] as const;

const SHARED: RedisOptions = {
  connectTimeout: 5_000,
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
  // READONLY: the primary became a replica, so its name has to be looked up again. UNBLOCKED: a blocking read was cut off by the same.
  reconnectOnError: (error) => (/^(READONLY|UNBLOCKED)/.test(error.message) ? 2 : false),
};

const BY_ROLE: Readonly<Record<BackendRole, RedisOptions>> = {
  // Fails at once while Redis is away: rings are worth nothing later, and nobody shall wait for them.
  doorbell: { maxRetriesPerRequest: 0, enableOfflineQueue: false, socketTimeout: 5_000 },
  // Blocking reads last up to 10 s, so a socket is dead only well after that.
  runner: { maxRetriesPerRequest: null, socketTimeout: 25_000 },
};

/** Knows the connections that BullMQ duplicates from it, because BullMQ cannot end them while Redis is away. */
class FamilyRedis extends Redis {
  readonly family: Redis[] = [this];

  // Redis has a dozen signatures; this is the one in use.
  constructor(url: string, options: RedisOptions) {
    super(url, options);
  }

  override duplicate(override?: Partial<IoredisOptions>): Redis {
    const child = super.duplicate(override);
    child.on('error', () => {}); // BullMQ reports it; without a listener ioredis prints it.
    this.family.push(child);
    return child;
  }
}

/** BullMQ on Redis or Valkey. */
export class RedisBackend implements Backend {
  readonly #client: FamilyRedis;
  readonly #log: Logger;
  #lastError: Error | undefined;

  constructor(url: string, log: Logger, role: BackendRole) {
    this.#log = log;
    this.#client = new FamilyRedis(url, { ...SHARED, ...BY_ROLE[role] });
    this.#client.on('error', (error) => {
      this.#lastError = error;
    });
    this.#client.on('ready', () => void this.#recheck());
  }

  async check(ms: number): Promise<boolean> {
    if ((await within(ms, this.#untilReady())) === 'late') {
      const reason = this.#lastError?.message ?? 'no answer';
      this.#log.warn({ reason }, 'redis is away; rings are not heard until it answers');
      return false;
    }
    const info = await within(ms, this.#client.info()).catch(() => 'late' as const);
    if (info === 'late') return false;
    const fault = faultOf(info);
    if (fault !== undefined) throw new AppError('invalid_request', fault);
    return true;
  }

  async queue(region: string, onError: (error: Error) => void): Promise<BellQueue> {
    const queue = new Queue<JobBody, void, JobName>(queueName(region), {
      connection: this.#client,
      prefix: PREFIX,
      streams: EVENT_STREAM,
      skipVersionCheck: true,
    });
    queue.on('error', onError);
    return queue;
  }

  async worker(
    region: string,
    o: { readonly concurrency: number; readonly lockMs: number; readonly process: Process },
  ): Promise<BellWorker> {
    return new Worker<unknown, void>(queueName(region), o.process, {
      connection: this.#client,
      prefix: PREFIX,
      concurrency: o.concurrency,
      ...workerTimes(o.lockMs),
    });
  }

  async close(): Promise<void> {
    for (const client of this.#client.family) client.disconnect();
  }

  async #untilReady(): Promise<void> {
    if (this.#client.status === 'ready') return;
    await new Promise<void>((resolve) => this.#client.once('ready', () => resolve()));
  }

  /** A server that came back may be another one. */
  async #recheck(): Promise<void> {
    const info = await this.#client.info().catch(() => undefined);
    const fault = info === undefined ? undefined : faultOf(info);
    if (fault !== undefined) this.#log.error({ fault }, 'redis must not be used as it is set up');
  }
}

/** Why this server must not carry the queue, read from its INFO. */
function faultOf(info: string): string | undefined {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    return `redis has maxmemory-policy ${policy} and would drop jobs when its memory is full; set maxmemory-policy noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf) or give the queue a server of its own`;
  }
  const version = field('redis_version');
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (
    version !== undefined &&
    (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
  ) {
    return `redis is version ${version}; ${OLDEST_VERSION.join('.')} or newer is needed`;
  }
  return undefined;
}
