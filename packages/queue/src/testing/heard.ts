import { JOB_NAMES, type JobHandler, type JobName } from '@parallax/core';

/** Handlers that write down what they were called with. */
export interface Listener {
  readonly heard: {
    readonly name: JobName;
    readonly id: string;
    readonly trace: string | undefined;
  }[];
  readonly handlers: Readonly<Record<JobName, JobHandler>>;
  ids(): readonly string[];
}

export function createListener(then?: JobHandler): Listener {
  const heard: Listener['heard'] = [];
  const handlerOf =
    (name: JobName): JobHandler =>
    async (id, o) => {
      heard.push({ name, id, trace: o.trace });
      await then?.(id, o);
    };
  const [transfer, reconcile, verify, sweep] = JOB_NAMES.map(handlerOf);
  if (!transfer || !reconcile || !verify || !sweep) throw new Error('a job name has no handler');
  const handlers = { transfer, reconcile, verify, sweep };
  return { heard, handlers, ids: () => heard.map((job) => job.id) };
}
