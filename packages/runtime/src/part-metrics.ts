import type { Metrics } from './metrics.ts';

/** What a store is told to do, as the layers of stores report it. */
interface StoreMeter {
  call(of: {
    readonly storeId: string;
    readonly call: string;
    readonly outcome: string;
    readonly seconds: number;
  }): void;
  bytes(storeId: string, direction: string, bytes: number): void;
  breaker(storeId: string, isOpen: boolean): void;
}

/** What stores do, by store and call. */
export function storeMeter(metrics: Metrics): StoreMeter {
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
  const breaker = metrics.gauge({
    name: 'parallax_store_breaker_open',
    help: '1 while calls of a store fail at once, because it was away.',
    labels: ['store'],
    across: 'max',
  });
  return {
    call: (of) => {
      const labels = { store: of.storeId, call: of.call };
      calls.inc({ ...labels, outcome: of.outcome });
      seconds.observe(labels, of.seconds);
    },
    bytes: (store, direction, bytes) => moved.inc({ store, direction }, bytes),
    breaker: (store, isOpen) => breaker.set({ store }, isOpen ? 1 : 0),
  };
}

/** What became of rings and jobs. */
export function queueMeter(metrics: Metrics): (outcome: string, count: number) => void {
  const rings = metrics.counter({
    name: 'parallax_queue_total',
    help: 'Rings and jobs, by outcome.',
    labels: ['outcome'],
  });
  return (outcome, count) => rings.inc({ outcome }, count);
}
