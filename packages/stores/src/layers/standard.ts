import type { StoreKind, StoreLayer } from '@parallax/core';
import { breakerLayer } from './breaker.ts';
import { limitLayer } from './limit.ts';
import { retryLayer } from './retry.ts';
import { type StoreTelemetry, telemetryLayer } from './telemetry.ts';
import { timeoutLayer } from './timeout.ts';

export interface StandardLayerOptions {
  readonly telemetry: StoreTelemetry;
  readonly stallMs: number;
  /** Calls of one store at a time. Default: by kind. */
  readonly calls?: number;
}

/** Fewer than libuv has threads (4), each of which a call on a dead mount takes: some are left for the other stores. */
const FILE_CALLS = 3;
/** Kinds that wait for sockets, or for a process of their own. */
const NETWORK_CALLS = 64;

/**
 * What every store of a process is wrapped in. The limit is innermost: waiting for a place counts as no progress. Each try has its own
 * timeout; the breaker counts what is left after the tries; telemetry sees what callers see.
 */
export function standardLayers(o: StandardLayerOptions): StoreLayer {
  const { telemetry, stallMs } = o;
  const changed = telemetry.breaker?.bind(telemetry);
  return (store) => {
    const layers = [
      limitLayer({ calls: o.calls ?? callsOf(store.kind) }),
      timeoutLayer({ stallMs }),
      retryLayer(),
      breakerLayer({ changed }),
      telemetryLayer(telemetry),
    ];
    return layers.reduce((inner, layer) => layer(inner), store);
  };
}

function callsOf(kind: StoreKind): number {
  return kind === 'file' ? FILE_CALLS : NETWORK_CALLS;
}
