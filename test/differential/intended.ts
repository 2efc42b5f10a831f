import type { Difference } from './compare.ts';
import { ANSWERS } from './intended/answers.ts';
import { EVERYWHERE } from './intended/everywhere.ts';
import { STATUSES } from './intended/statuses.ts';

/** What one side may answer: exactly this, something that matches, or (undefined) nothing at all. */
type Value = string | RegExp | undefined;

/** A difference that shall be. It holds only where everything it names fits, and fails once it does not occur. */
export interface Intended {
  /** Names of rows, each of which must show it; without them any row may. */
  readonly rows?: readonly string[];
  /** Of Glance's answer. */
  readonly status?: number;
  readonly field: string | RegExp;
  readonly glance: Value;
  readonly ours: Value;
  /** Why Parallax answers differently. */
  readonly because: string;
}

export const INTENDED: readonly Intended[] = [...EVERYWHERE, ...STATUSES, ...ANSWERS];

export function covers(intended: Intended, difference: Difference): boolean {
  return (
    (intended.rows?.includes(difference.row) ?? true) &&
    (intended.status ?? difference.status) === difference.status &&
    fits(intended.field, difference.field) &&
    fits(intended.glance, difference.glance) &&
    fits(intended.ours, difference.ours)
  );
}

function fits(wanted: Value, found: string | undefined): boolean {
  if (wanted === undefined || found === undefined) return wanted === found;
  return typeof wanted === 'string' ? wanted === found : wanted.test(found);
}
