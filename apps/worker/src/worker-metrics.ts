import type { QueueOutcome } from '@parallax/queue';
import type { Metrics } from '@parallax/runtime';
import type { StoreTelemetry } from '@parallax/stores';

/** What stores do, by store and call. */
export function storeTelemetry(metrics: Metrics): StoreTelemetry {
  const calls = metrics.counter({
    name: 'parallax_store_calls_total',
    help: 'Calls of stores, by outcome.',
    labels: ['store', 'call', 'outcome'],
  });
  const moved = metrics.counter({
    name: 'parallax_store_bytes_total',
    help: 'Bytes read from and written to stores.',
    labels: ['store', 'direction'],
  });
  return {
    call: ({ storeId, call, outcome }) => calls.inc({ store: storeId, call, outcome }),
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
