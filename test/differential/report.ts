import type { Difference } from './compare.ts';

/** A table a person can read: which answer of which request differs, and how. */
export function describeDifferences(differences: readonly Difference[]): string {
  return differences
    .map(({ row, step, request, status, field, glance, ours }) =>
      [
        `${row}: step ${step}, ${request} (${status})`,
        `    ${field}`,
        `      glance  ${glance ?? '(absent)'}`,
        `      ours    ${ours ?? '(absent)'}`,
      ].join('\n'),
    )
    .join('\n');
}
