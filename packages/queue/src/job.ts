import { randomUUID } from 'node:crypto';
import { JOB_NAMES, type JobName, type Ring } from '@parallax/core';
import type { BulkJobOptions } from 'bullmq';

/** All that a job carries: the row is the truth, and Redis may show its jobs to anybody. */
export interface JobBody {
  readonly id: string;
  readonly trace?: string | undefined;
}

/** Urgency of a ring that names none: between what somebody waits for and what a policy wants. */
const DEFAULT_PRIORITY = 3;

export function queueName(region: string): string {
  return `parallax-${region}`;
}

export function isJobName(name: string): name is JobName {
  return JOB_NAMES.some((known) => known === name);
}

/**
 * Rings with one key are one until a worker takes the job. A delayed or less urgent ring has another key: it must not
 * swallow the one that says "now".
 */
function ringKey(ring: Ring, priority: number): string {
  const when = (ring.delayMs ?? 0) > 0 ? 'later' : 'now';
  return `${ring.name}:${ring.id}:${ring.generation ?? 0}:${when}:${priority}`;
}

/** What BullMQ is asked to add for a ring. */
export function toJob(ring: Ring): { name: JobName; data: JobBody; opts: BulkJobOptions } {
  const priority = ring.priority ?? DEFAULT_PRIORITY;
  return {
    name: ring.name,
    data: { id: ring.id, ...(ring.trace === undefined ? {} : { trace: ring.trace }) },
    opts: {
      // Never BullMQ's counter: it starts anew after FLUSHALL and would meet the ids of jobs that still run.
      jobId: `${ring.name}-${randomUUID()}`,
      // Not the job's id: that one is taken until the job ends, so a killed worker's job would swallow rings until its
      // lock ran out. The runner gives this key back when it takes the job.
      deduplication: { id: ringKey(ring, priority) },
      priority,
      delay: Math.max(0, Math.round(ring.delayMs ?? 0)),
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}

/** Undefined when it is not one of ours. */
export function parseJobBody(data: unknown): JobBody | undefined {
  if (typeof data !== 'object' || data === null || !('id' in data)) return undefined;
  if (typeof data.id !== 'string') return undefined;
  const trace = 'trace' in data && typeof data.trace === 'string' ? data.trace : undefined;
  return { id: data.id, trace };
}
