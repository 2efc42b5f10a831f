import { isAppError, type JobHandler, type JobName, type JobRunner } from '@parallax/core';
import { formatTraceparent, runInTrace, startTrace, type TraceContext } from '@parallax/runtime';
import {
  type DueRow,
  dueWork,
  reconcileImage,
  runTransfer,
  sweepObjects,
  verifyLocation,
  type WorkerContext,
} from '@parallax/services';
import { JobSlots } from './job-slots.ts';

/** Long jobs (copies, verifications) and short ones (plans, sweeps) do not wait for each other. */
const SHORT_JOBS = 4;

/** Everything one region's worker does, for rings and for due rows alike. */
export class RegionWorker {
  readonly region: string;
  readonly #ctx: WorkerContext;
  readonly #long: JobSlots;
  readonly #short = new JobSlots(SHORT_JOBS);
  /** A pass of its own, so that a flood of plans cannot keep it waiting. */
  readonly #sweeps = new JobSlots(1);
  readonly #stopped = new AbortController();
  #planning = false;

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
    for (const row of rows) if (row.name !== 'reconcile') void this.#startDue(row);
    void this.#plan(rows.filter(({ name }) => name === 'reconcile'));
  }

  /** Plans are short: as many as are due, a few at a time, while later passes go on. */
  async #plan(rows: readonly DueRow[]): Promise<void> {
    if (this.#planning) return;
    this.#planning = true;
    const queue = [...rows];
    const next = async (): Promise<void> => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        if (this.#stopped.signal.aborted) return;
        await this.#startDue(row);
      }
    };
    await Promise.all(Array.from({ length: SHORT_JOBS }, next));
    this.#planning = false;
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
    await Promise.all([this.#long.idle(), this.#short.idle(), this.#sweeps.idle()]);
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

  #slotsFor(name: JobName): JobSlots {
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
      case 'sweep':
        await sweepObjects(this.#ctx);
    }
  }
}

/** The location's lease ends by itself, and the next pass looks again. */
function unlessCancelled(error: unknown): void {
  if (!isAppError(error, 'cancelled', 'stalled', 'unavailable')) throw error;
}
