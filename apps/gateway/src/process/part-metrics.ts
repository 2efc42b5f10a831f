import type { Metrics } from '@parallax/runtime';
import type { DataSlots } from '../routes/image-data.ts';

/** Changes of the operator's access files. */
export function accessCounter(metrics: Metrics): (outcome: 'taken' | 'refused') => void {
  const changes = metrics.counter({
    name: 'parallax_access_changes_total',
    help: 'Changes of the files with access rules and property protections, by outcome.',
    labels: ['outcome'],
  });
  return (outcome) => changes.inc({ outcome });
}

/** Bodies under way. */
export function countTransfers(metrics: Metrics, { uploads, downloads }: DataSlots): void {
  metrics.gauge({
    name: 'parallax_http_transfers',
    help: 'Image bodies that clients send or receive now.',
    labels: ['direction'],
    collect: (gauge) => {
      gauge.set({ direction: 'upload' }, uploads.taken);
      gauge.set({ direction: 'download' }, downloads.taken);
    },
  });
}

/** For `Shutdown.onFault`. */
export function faultCounter(metrics: Metrics): (kind: string) => void {
  const faults = metrics.counter({
    name: 'parallax_process_faults_total',
    help: 'Uncaught exceptions and unhandled rejections.',
    labels: ['kind'],
  });
  return (kind) => faults.inc({ kind });
}
