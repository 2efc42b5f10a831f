import { Engine } from '@parallax/bytes';
import { migrate, openCatalog } from '@parallax/catalog';
import type { Catalog, Doorbell } from '@parallax/core';
import { createDoorbell, type QueueOutcome } from '@parallax/queue';
import {
  type Config,
  type Metrics,
  type ProcessLogger,
  queueMeter,
  type Shutdown,
  storeMeter,
  storesToOpen,
} from '@parallax/runtime';
import { createRegistry, type OpenRegistry, STORE_DRIVERS, standardLayers } from '@parallax/stores';

export interface StartOptions {
  readonly config: Config;
  readonly log: ProcessLogger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
}

/** What a worker stands on. */
export interface Parts {
  readonly catalog: Catalog;
  /** One per region served. */
  readonly registries: ReadonlyMap<string, OpenRegistry>;
  readonly doorbell: Doorbell;
  readonly engine: Engine;
  observeQueue(outcome: QueueOutcome, count: number): void;
}

/** Opens them, each with its end registered. */
export async function openParts(o: StartOptions): Promise<Parts> {
  const { config, log, metrics, shutdown } = o;
  const { url, pool } = config.database;
  await migrate(url);
  const catalog = await openCatalog({ url, pool });
  shutdown.onShutdown('catalog', () => catalog.close());
  for (const { options: _, ...facts } of config.stores) await catalog.stores.define(facts);
  await catalog.policies.seed(config.policies);
  const registries = await openRegistries(o);
  shutdown.onShutdown('stores', async () => {
    await Promise.all([...registries.values()].map((registry) => registry.close()));
  });
  const observeQueue = queueMeter(metrics);
  const doorbell = await createDoorbell({
    redisUrl: config.queue?.url,
    databaseUrl: url,
    log,
    observe: observeQueue,
  });
  shutdown.onShutdown('doorbell', () => doorbell.close());
  // A worker receives nothing from clients: no digest threads.
  const engine = new Engine({ threads: 'inline', uploadMemoryBytes: config.uploadMemory });
  shutdown.onShutdown('engine', () => engine.close());
  return { catalog, registries, doorbell, engine, observeQueue };
}

async function openRegistries(o: StartOptions): Promise<ReadonlyMap<string, OpenRegistry>> {
  const { config, log, metrics } = o;
  const caution = (storeId: string, text: string) => log.warn({ storeId }, text);
  const layers = standardLayers({
    telemetry: storeMeter(metrics),
    stallMs: config.timers.stallMs,
  });
  const registries = new Map<string, OpenRegistry>();
  for (const region of config.regions) {
    const definitions = storesToOpen(config, [region]).map(({ id, kind, options }) => ({
      id,
      kind,
      config: options,
    }));
    registries.set(
      region,
      await createRegistry(STORE_DRIVERS, definitions, { layer: layers, caution }),
    );
  }
  return registries;
}
