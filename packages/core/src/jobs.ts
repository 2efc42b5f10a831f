/** A ring says "look at this row"; the row says whether there is anything to do. */
export const JOB_NAMES = ['transfer', 'reconcile', 'verify', 'sweep'] as const;
export type JobName = (typeof JOB_NAMES)[number];

export interface Ring {
  /** Region whose workers shall hear it. */
  readonly region: string;
  readonly name: JobName;
  /** Id of the row; for `sweep` the region's name. */
  readonly id: string;
  /** Rings with the same (region, name, id, generation, urgency) that no worker has taken yet are one; a delayed one never swallows an undelayed. */
  readonly generation?: number;
  readonly delayMs?: number;
  /** 1 is most urgent; 3 when absent. */
  readonly priority?: number;
  /** W3C traceparent. */
  readonly trace?: string | undefined;
}

export interface Doorbell {
  /** Best effort and after commit; never throws: what is not heard is found by the sweep. */
  ring(...rings: readonly Ring[]): Promise<void>;
  close(): Promise<void>;
}

export type JobHandler = (
  id: string,
  o: { readonly signal: AbortSignal; readonly trace: string | undefined },
) => Promise<void>;

export interface JobRunner {
  /** Runs handlers for the rings of one region, `concurrency` at a time. A handler looks at the row first and may find nothing to do. */
  listen(
    region: string,
    o: { readonly concurrency: number },
    handlers: Readonly<Record<JobName, JobHandler>>,
  ): Promise<void>;
  /** Takes nothing new, aborts what runs after `drainMs`, returns when all handlers have. */
  close(o?: { readonly drainMs?: number }): Promise<void>;
}
