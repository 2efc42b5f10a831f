import { Engine } from '@parallax/bytes';
import { migrate, openCatalog } from '@parallax/catalog';
import type { Catalog, Doorbell } from '@parallax/core';
import { createDoorbell } from '@parallax/queue';
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

export interface Parts {
  readonly catalog: Catalog;
  readonly stores: OpenRegistry;
  readonly doorbell: Doorbell;
  readonly engine: Engine;
}

export interface PartsOptions {
  readonly config: Config;
  readonly log: ProcessLogger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
}

/** Opens what a gateway stands on, each with its end registered. */
export async function openParts(o: PartsOptions): Promise<Parts> {
  const { config, shutdown } = o;
  const { url, pool } = config.database;
  await migrate(url);
  const catalog = await openCatalog({ url, pool });
  shutdown.onShutdown('catalog', () => catalog.close());
  for (const { options: _, ...facts } of config.stores) await catalog.stores.define(facts);
  await catalog.policies.seed(config.policies);
  const stores = await openStores(o);
  shutdown.onShutdown('stores', () => stores.close());
  const doorbell = await createDoorbell({
    redisUrl: config.queue?.url,
    databaseUrl: url,
    log: o.log,
    observe: queueMeter(o.metrics),
  });
  shutdown.onShutdown('doorbell', () => doorbell.close());
  const engine = new Engine({
    threads: 'auto',
    uploadMemoryBytes: Math.ceil(config.uploadMemory / config.processes),
  });
  shutdown.onShutdown('engine', () => engine.close());
  return { catalog, stores, doorbell, engine };
}

function openStores({ config, log, metrics }: PartsOptions): Promise<OpenRegistry> {
  const definitions = storesToOpen(config, [config.region]).map(({ id, kind, options }) => ({
    id,
    kind,
    config: options,
  }));
  const layers = standardLayers({
    telemetry: storeMeter(metrics),
    stallMs: config.timers.stallMs,
  });
  const caution = (storeId: string, text: string) => log.warn({ storeId }, text);
  return createRegistry(STORE_DRIVERS, definitions, { layer: layers, caution });
}
