import { isAppError, type JobHandler, type JobName, type JobRunner } from '@parallax/core';
import { formatTraceparent, runInTrace, startTrace, type TraceContext } from '@parallax/runtime';
import {
  type DueRow,
  describeLocation,
  dueWork,
  reconcileImage,
  runTransfer,
  sweepObjects,
  verifyLocation,
  type WorkerContext,
} from '@parallax/services';
import { Backlog } from './backlog.ts';
import { JobSlots } from './job-slots.ts';

/** Long jobs (copies, verifications) and short ones (plans, sweeps) do not wait for each other. */
const SHORT_JOBS = 4;

/** Everything one region's worker does, for rings and for due rows alike. */
export class RegionWorker {
  readonly region: string;
  readonly #ctx: WorkerContext;
  readonly #long: JobSlots;
  readonly #short = new JobSlots(SHORT_JOBS);
  readonly #descriptions = new JobSlots(SHORT_JOBS);
  /** A pass of its own, so that a flood of plans cannot keep it waiting. */
  readonly #sweeps = new JobSlots(1);
  readonly #stopped = new AbortController();
  readonly #backlogs = new Map<DueRow['name'], Backlog>(
    (['reconcile', 'describe'] as const).map((name) => [
      name,
      new Backlog(SHORT_JOBS, this.#stopped.signal),
    ]),
  );

  constructor(region: string, ctx: WorkerContext, concurrency: number) {
    this.region = region;
    this.#ctx = ctx;
    this.#long = new JobSlots(concurrency);
  }

  /** Answers the region's rings. A ring that finds no free slot is left to the next pass. */
  async listen(runner: JobRunner, concurrency: number): Promise<void> {
    const handler =
      (name: JobName): JobHandler =>
      async (id, { signal, trace }) => {
        await this.#start({ name, id, trace }, signal);
      };
    await runner.listen(
      this.region,
      { concurrency: concurrency + SHORT_JOBS },
      {
        transfer: handler('transfer'),
        verify: handler('verify'),
        reconcile: handler('reconcile'),
        sweep: handler('sweep'),
      },
    );
  }

  /** Starts due rows that no ring was heard for, as far as slots are free: a dead queue costs latency only. */
  async passDue(): Promise<void> {
    const rows = await dueWork(this.#ctx);
    const start = (row: DueRow): Promise<void> => this.#startDue(row);
    for (const row of rows) if (!isShort(row)) void start(row);
    // Apart from each other: a store that is slow to be told must not keep plans waiting.
    for (const [name, backlog] of this.#backlogs) {
      void backlog.offer(
        rows.filter((row) => row.name === name),
        start,
      );
    }
  }

  async #startDue(row: DueRow): Promise<void> {
    try {
      await this.#start(row, this.#stopped.signal);
    } catch (error) {
      this.#ctx.log.error({ job: row.name, id: row.id, err: error }, 'job failed');
    }
  }

  async sweep(): Promise<void> {
    await this.#start({ name: 'sweep', id: this.region }, this.#stopped.signal);
  }

  /** Lets running jobs put their rows down and returns when they have. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([
      this.#long.idle(),
      this.#short.idle(),
      this.#descriptions.idle(),
      this.#sweeps.idle(),
    ]);
  }

  /** Goes on in the trace of whoever asked, so that one id leads from a request to its copies. */
  #start(job: DueRow, signal: AbortSignal): Promise<void> | undefined {
    const { name, id } = job;
    return this.#slotsFor(name).start(`${name} ${id}`, () => {
      const either = AbortSignal.any([signal, this.#stopped.signal]);
      const trace = startTrace(job.trace);
      return runInTrace(trace, () => this.#run(job, trace, either));
    });
  }

  #slotsFor(name: DueRow['name']): JobSlots {
    if (name === 'describe') return this.#descriptions;
    if (name === 'sweep') return this.#sweeps;
    return name === 'reconcile' ? this.#short : this.#long;
  }

  async #run({ name, id }: DueRow, trace: TraceContext, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    switch (name) {
      case 'transfer':
        await runTransfer(this.#ctx, Number(id), signal);
        return;
      case 'verify':
        await verifyLocation(this.#ctx, Number(id), signal).catch(unlessCancelled);
        return;
      case 'reconcile':
        await reconcileImage({ ...this.#ctx, trace: formatTraceparent(trace) }, id);
        return;
      case 'describe':
        await describeLocation(this.#ctx, Number(id), signal);
        return;
      case 'sweep':
        await sweepObjects(this.#ctx);
    }
  }
}

/** The location's lease ends by itself, and the next pass looks again. */
function unlessCancelled(error: unknown): void {
  if (!isAppError(error, 'cancelled', 'stalled', 'unavailable')) throw error;
}

function isShort({ name }: DueRow): boolean {
  return name === 'reconcile' || name === 'describe';
}
