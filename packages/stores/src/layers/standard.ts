import type { StoreLayer } from '@parallax/core';
import { limitLayer } from './limit.ts';
import { type StoreTelemetry, telemetryLayer } from './telemetry.ts';
import { timeoutLayer } from './timeout.ts';

export interface StandardLayerOptions {
  readonly telemetry: StoreTelemetry;
  readonly stallMs: number;
  /** Calls of one store at a time. Below the size of the thread pool, or one dead mount stops every file of the process. */
  readonly calls: number;
}

/** What every store of a process is wrapped in. The limit is innermost: waiting for a place counts as no progress. */
export function standardLayers(o: StandardLayerOptions): StoreLayer {
  const layers = [limitLayer(o), timeoutLayer(o), telemetryLayer(o.telemetry)];
  return (store) => layers.reduce((inner, layer) => layer(inner), store);
}
