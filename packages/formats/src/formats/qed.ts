import { Doubts, hasText } from '../fields.ts';
import type { Probe } from '../format.ts';

/** QEMU Enhanced Disk (qemu `docs/interop/qed_spec.rst`): given up by its authors, may name a backing file; never accepted. */
export const qed: Probe = {
  format: 'qed',
  // biome-ignore lint/correctness/useYield: the head tells all.
  *inspect(head) {
    if (!hasText(head, 0, 'QED\0')) return undefined;
    const doubts = new Doubts();
    doubts.add('banned', 'the format is not allowed');
    return doubts.finding(null);
  },
};
