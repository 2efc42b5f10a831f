export { labService } from './lab.ts';
export { type Changes, changeBytes } from './liars/change-bytes.ts';
export {
  type FailAtOptions,
  failAt,
  flipByte,
  fullAfter,
  slow,
  stallAt,
  truncateAt,
  vanish,
} from './liars/liars.ts';
export { MemoryPlace } from './memory/place.ts';
export { type MemoryStoreOptions, memoryStore } from './memory/store.ts';
export { describeStore } from './suite/describe-store.ts';
export type { SuiteOptions } from './suite/subject.ts';
