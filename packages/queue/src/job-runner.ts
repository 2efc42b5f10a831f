import { AppError, type JobHandler, type JobName, type JobRunner } from '@parallax/core';
import type { Job } from 'bullmq';
import type { Backend, BellWorker } from './backend.ts';
import { isJobName, parseJobBody } from './job.ts';
import { openBackend } from './open-backend.ts';
import type { QueueOptions } from './options.ts';
import { within } from './within.ts';

const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_LOCK_MS = 60_000;
const LISTEN_WAIT_MS = 2_000;
const REOPEN_MS = 1_000;
const UNKEY_WAIT_MS = 1_000;
const CLOSE_WAIT_MS = 2_000;
/** What handlers get to end after their signal was aborted. */
const ABORTED_WAIT_MS = 10_000;
const COMPLAIN_EVERY_MS = 30_000;

type Handlers = Readonly<Record<JobName, JobHandler>>;

export interface JobRunnerOptions extends QueueOptions {
  /** What jobs get to end by themselves on close; 10 s. */
  readonly drainMs?: number | undefined;
  /** A job whose process died is given to another after at most one and a half times this; 60 s. */
  readonly lockMs?: number | undefined;
}

/** Throws AppError when the queue's server must not be used as it is set up; one that is away is no error. */
export async function createJobRunner(o: JobRunnerOptions): Promise<JobRunner> {
  return new BullJobRunner(o, await openBackend(o, 'runner'));
}

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

class BullJobRunner implements JobRunner {
  readonly #o: JobRunnerOptions;
  readonly #backend: Backend;
  readonly #workers: BellWorker[] = [];
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(o: JobRunnerOptions, backend: Backend) {
    this.#o = o;
    this.#backend = backend;
  }

  async listen(
    region: string,
    o: { readonly concurrency: number },
    handlers: Handlers,
  ): Promise<void> {
    if (this.#closing.signal.aborted) throw new AppError('unavailable', 'the job runner is closed');
    // A queue that is away must not keep the process from its other work: it is opened when it answers.
    await within(LISTEN_WAIT_MS, this.#open(region, o.concurrency, handlers));
  }

  close(o: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(o.drainMs ?? this.#o.drainMs ?? DEFAULT_DRAIN_MS);
    return this.#closed;
  }

  async #open(region: string, concurrency: number, handlers: Handlers): Promise<void> {
    const process = (job: Job<unknown, void, string>) => this.#process(region, job, handlers);
    const lockMs = this.#o.lockMs ?? DEFAULT_LOCK_MS;
    while (!this.#closing.signal.aborted) {
      try {
        const worker = await this.#backend.worker(region, { concurrency, lockMs, process });
        this.#attend(region, worker);
        return;
      } catch (cause) {
        this.#o.log.warn({ err: cause, region }, 'cannot listen for rings yet');
        await pause(REOPEN_MS, this.#closing.signal);
      }
    }
  }

  #attend(region: string, worker: BellWorker): void {
    this.#workers.push(worker);
    worker.on('error', (error) => this.#complain(region, error));
    worker.on('lockRenewalFailed', (jobIds) => {
      const lost = new AppError('lease_lost', 'the queue gave the job to somebody else');
      for (const id of jobIds) this.#running.get(id)?.controller.abort(lost);
    });
    if (this.#closing.signal.aborted) void within(CLOSE_WAIT_MS, worker.close());
  }

  /** A server that is away is an error at every attempt to reach it, of every connection. */
  #complain(region: string, error: Error): void {
    const now = performance.now();
    if (now - this.#complainedAt < COMPLAIN_EVERY_MS) {
      this.#o.log.debug({ err: error, region }, 'queue trouble');
      return;
    }
    this.#complainedAt = now;
    this.#o.log.warn({ err: error, region }, 'queue trouble');
  }

  /** Never fails: whether and when to try again is for the row to say, so the job ends here. */
  async #process(
    region: string,
    job: Job<unknown, void, string>,
    handlers: Handlers,
  ): Promise<void> {
    const body = parseJobBody(job.data);
    if (body === undefined || job.id === undefined || !isJobName(job.name)) {
      this.#o.log.warn({ region, job: job.name }, 'dropped a job that is not ours');
      return;
    }
    // From here on a ring is a new one: the row may change after the handler has looked at it.
    await within(UNKEY_WAIT_MS, job.removeDeduplicationKey()).catch((error) =>
      this.#o.log.debug({ err: error, job: job.name, id: body.id }, 'the key of the ring stays'),
    );
    const controller = new AbortController();
    if (this.#closing.signal.aborted) return;
    const ended = this.#handle(handlers[job.name], { name: job.name, ...body }, controller);
    this.#running.set(job.id, { controller, ended });
    await ended;
    this.#running.delete(job.id);
  }

  async #handle(
    handler: JobHandler,
    job: { readonly name: JobName; readonly id: string; readonly trace?: string | undefined },
    controller: AbortController,
  ): Promise<void> {
    const facts = { job: job.name, id: job.id, trace: job.trace };
    try {
      await handler(job.id, { signal: controller.signal, trace: job.trace });
      this.#o.observe?.('done', 1);
    } catch (error) {
      if (controller.signal.aborted) {
        this.#o.observe?.('aborted', 1);
        this.#o.log.info({ ...facts, err: error }, 'job aborted');
      } else {
        this.#o.observe?.('failed', 1);
        this.#o.log.error({ ...facts, err: error }, 'job failed');
      }
    }
  }

  async #close(drainMs: number): Promise<void> {
    this.#closing.abort();
    const workers = Promise.allSettled(this.#workers.map((worker) => worker.close()));
    if ((await within(drainMs, this.#ended())) === 'late') {
      for (const { controller } of this.#running.values()) {
        controller.abort(new AppError('cancelled', 'the process is stopping'));
      }
      if ((await within(ABORTED_WAIT_MS, this.#ended())) === 'late') {
        this.#o.log.error({ jobs: this.#running.size }, 'jobs go on although they were aborted');
      }
    }
    // BullMQ waits for an answer of the server here; without one the connections are ended all the same.
    await within(CLOSE_WAIT_MS, workers);
    await this.#backend.close();
  }

  async #ended(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.all([...this.#running.values()].map((running) => running.ended));
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
