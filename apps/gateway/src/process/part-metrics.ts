import type { QueueOutcome } from '@parallax/queue';
import type { Metrics } from '@parallax/runtime';
import type { StoreTelemetry } from '@parallax/stores';
import type { DataSlots } from '../routes/image-data.ts';

/** What stores do, by store and call. */
export function storeTelemetry(metrics: Metrics): StoreTelemetry {
  const calls = metrics.counter({
    name: 'parallax_store_calls_total',
    help: 'Calls of stores, by outcome.',
    labels: ['store', 'call', 'outcome'],
  });
  const seconds = metrics.histogram({
    name: 'parallax_store_call_seconds',
    help: 'Time of calls of stores.',
    labels: ['store', 'call'],
  });
  const moved = metrics.counter({
    name: 'parallax_store_bytes_total',
    help: 'Bytes read from and written to stores.',
    labels: ['store', 'direction'],
  });
  return {
    call: (of) => {
      const labels = { store: of.storeId, call: of.call };
      calls.inc({ ...labels, outcome: of.outcome });
      seconds.observe(labels, of.seconds);
    },
    bytes: (store, direction, bytes) => moved.inc({ store, direction }, bytes),
  };
}

/** What became of rings. */
export function queueCounter(metrics: Metrics): (outcome: QueueOutcome, count: number) => void {
  const rings = metrics.counter({
    name: 'parallax_queue_total',
    help: 'Rings and jobs, by outcome.',
    labels: ['outcome'],
  });
  return (outcome, count) => rings.inc({ outcome }, count);
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
