import type { Catalog } from '@parallax/core';
import { passCounters, startPeriodic } from '@parallax/runtime';
import type { StartOptions } from './open-parts.ts';
import type { RegionWorker } from './region-worker.ts';

const TOPOLOGY_MS = 1_000;
const EVENTS_MS = 500;

export interface Passes {
  readonly catalog: Catalog;
  readonly regions: readonly RegionWorker[];
  beat(): Promise<void>;
}

/** What a worker does by the clock. Registered last, so that it stops before what it uses. */
export function startPasses(o: StartOptions, { catalog, regions, beat }: Passes): void {
  const { config, log, metrics, shutdown } = o;
  const { sweepMs, reapMs } = config.timers;
  const common = { log, passes: passCounters(metrics) };
  const number = async (): Promise<void> => {
    await catalog.events.number();
  };
  const passes = [
    startPeriodic({ ...common, name: 'topology', everyMs: TOPOLOGY_MS, run: beat }),
    startPeriodic({ ...common, name: 'events', everyMs: EVENTS_MS, run: number }),
    ...regions.flatMap((region) => [
      startPeriodic({
        ...common,
        name: `due ${region.region}`,
        everyMs: sweepMs,
        run: () => region.passDue(),
      }),
      startPeriodic({
        ...common,
        name: `sweep ${region.region}`,
        everyMs: reapMs,
        run: () => region.sweep(),
      }),
    ]),
  ];
  shutdown.onShutdown('passes', async () => {
    await Promise.all(passes.map((pass) => pass.stop()));
  });
}
