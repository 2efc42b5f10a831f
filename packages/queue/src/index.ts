export { createDoorbell } from './doorbell.ts';
export { createJobRunner, type JobRunnerOptions } from './job-runner.ts';
export type { QueueOptions, QueueOutcome } from './options.ts';
