export type { Failure, FormatName } from './format.ts';
export {
  createInspector,
  type FoundFormat,
  type Inspected,
  type Inspector,
  type InspectorOptions,
} from './inspector.ts';
export {
  type Declared,
  type JudgeOptions,
  judge,
  type RefusalReason,
  type Verdict,
} from './judge.ts';
