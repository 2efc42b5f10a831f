import type { JobName } from '@parallax/core';
import type { Job, JobsOptions } from 'bullmq';
import type { JobBody } from './job.ts';

/** The part of BullMQ's Queue that the doorbell uses, whatever it runs on. */
export interface BellQueue {
  addBulk(jobs: { name: JobName; data: JobBody; opts: JobsOptions }[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** The part of BullMQ's Worker that the runner uses. */
export interface BellWorker {
  on(event: 'lockRenewalFailed', listener: (jobIds: string[]) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

export type Process = (job: Job<unknown, void, string>) => Promise<void>;

/** Redis or Postgres under BullMQ. Reconnects by itself. */
export interface Backend {
  /** Resolves when the server has answered, `false` when it did not within `ms`. Throws when it must not be used as it is set up. */
  check(ms: number): Promise<boolean>;
  queue(region: string, onError: (error: Error) => void): Promise<BellQueue>;
  worker(
    region: string,
    o: { readonly concurrency: number; readonly lockMs: number; readonly process: Process },
  ): Promise<BellWorker>;
  /** Ends all connections, answered or not. */
  close(): Promise<void>;
}

export type BackendRole = 'doorbell' | 'runner';

/** What every worker is given, on both backends. */
export function workerTimes(lockMs: number) {
  return {
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    /** BullMQ waits 15 s before it looks again at a server that was away. */
    runRetryDelay: 1_000,
  };
}

/** Nobody reads BullMQ's own event stream, so it is kept short. */
export const EVENT_STREAM = { events: { maxLen: 100 } } as const;
