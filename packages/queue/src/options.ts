import type { Logger } from '@parallax/core';

/** What became of rings and jobs, for counters. */
export type QueueOutcome = 'rung' | 'lost' | 'done' | 'failed' | 'aborted';

export interface QueueOptions {
  /** Redis or Valkey; Postgres when absent. */
  readonly redisUrl?: string | undefined;
  /** The deployment's database; the queue keeps to a schema of its own in it. */
  readonly databaseUrl: string;
  readonly log: Logger;
  /** Called with what happened, `count` at a time; must not throw. */
  readonly observe?: ((outcome: QueueOutcome, count: number) => void) | undefined;
}
