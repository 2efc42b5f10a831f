import { randomUUID } from 'node:crypto';
import { Engine, RelayClient, relayRoutes } from '@parallax/bytes';
import { migrate, openCatalog } from '@parallax/catalog';
import type { Catalog, StoreRegistry } from '@parallax/core';
import { strategyChain } from '@parallax/core';
import { defaultAccessRules } from '@parallax/identity';
import { createDoorbell, createJobRunner } from '@parallax/queue';
import {
  AdminListener,
  bootId,
  type Config,
  createAgent,
  Metrics,
  Periodic,
  type ProcessLogger,
  type Shutdown,
  storesToOpen,
} from '@parallax/runtime';
import { createBytesAccess, Topology, type WorkerContext } from '@parallax/services';
import { createRegistry, fileDriver, type OpenRegistry, standardLayers } from '@parallax/stores';
import { RegionWorker } from './region-worker.ts';

const TOPOLOGY_MS = 1_000;
const BEAT_TTL_MS = 10_000;
const EVENTS_MS = 500;

export interface StartOptions {
  readonly config: Config;
  readonly log: ProcessLogger;
  readonly shutdown: Shutdown;
}

/** Wires a worker: one registry and one `RegionWorker` per region it serves, one internal listener for all of them. */
export async function startWorker({ config, log, shutdown }: StartOptions): Promise<void> {
  await migrate(config.database.url);
  const catalog = await openCatalog({ url: config.database.url, pool: config.database.pool });
  shutdown.onShutdown('catalog', () => catalog.close());
  for (const { options: _, ...facts } of config.stores) await catalog.stores.define(facts);
  await catalog.policies.seed(config.policies);
  const registries = await openRegistries(config);
  shutdown.onShutdown('stores', async () => {
    for (const registry of registries.values()) await registry.close();
  });
  const all = union([...registries.values()]);
  const metrics = new Metrics();
  const admin = await AdminListener.start({
    listen: config.adminListen,
    log,
    metrics,
    advertise: config.internal.advertise,
  });
  shutdown.onShutdown('admin listener', ({ signal }) => admin.close({ signal }));
  const { key } = config.internal;
  admin.mount(
    relayRoutes({
      catalog,
      stores: all,
      key,
      log,
      stallMs: config.timers.stallMs,
      bootId: bootId(),
    }),
  );
  admin.addCheck({ name: 'database', check: () => catalog.ping() });
  const topology = new Topology(catalog);
  const nodeId = `worker-${config.node.name}-${randomUUID()}`;
  const beat = async (): Promise<void> => {
    const stores = all.list().map(({ id }) => id);
    await catalog.nodes.beat(
      { id: nodeId, role: 'worker', regions: config.regions, url: admin.url, stores },
      BEAT_TTL_MS,
    );
    await topology.refresh();
  };
  await beat();
  shutdown.onShutdown('node row', () => catalog.nodes.leave(nodeId));
  const doorbell = await createDoorbell({
    redisUrl: config.queue?.url,
    databaseUrl: config.database.url,
    log,
  });
  shutdown.onShutdown('doorbell', () => doorbell.close());
  const runner = await createJobRunner({
    redisUrl: config.queue?.url,
    databaseUrl: config.database.url,
    log,
  });
  const engine = new Engine({ threads: 'inline', uploadMemoryBytes: config.uploadMemory });
  shutdown.onShutdown('engine', () => engine.close());
  const relay = new RelayClient({ agent: createAgent(), key });
  const regions = config.regions.map((region) => {
    const stores = registries.get(region) ?? union([]);
    const ctx: WorkerContext = {
      nodeId,
      regions: config.regions,
      catalog,
      stores,
      access: defaultAccessRules(),
      doorbell,
      strategies: strategyChain(config.strategies),
      timers: config.timers,
      durability: config.durability,
      imageSizeCap: config.imageSizeCap,
      log: log.child({ region }),
      storeFacts: () => topology.stores(),
      nodes: () => topology.nodes(),
      bytes: createBytesAccess({
        engine,
        catalog,
        stores,
        relay,
        bootId: bootId(),
        nodes: () => topology.nodes(),
      }),
      bootId: bootId(),
      copyStreams: config.worker.copyStreams,
      random: Math.random,
    };
    return new RegionWorker(region, ctx, config.worker.concurrency);
  });
  for (const region of regions) await region.sweep();
  await topology.refresh();
  for (const region of regions) await region.listen(runner, config.worker.concurrency);
  startPasses({ config, log, shutdown, catalog, beat, regions });
  shutdown.onShutdown(
    'jobs',
    async () => {
      await Promise.all(regions.map((region) => region.stop()));
      await runner.close();
    },
    30_000,
  );
  log.info({ nodeId, regions: config.regions, admin: admin.url }, 'worker is ready');
}

interface Passes extends StartOptions {
  readonly catalog: Catalog;
  readonly regions: readonly RegionWorker[];
  beat(): Promise<void>;
}

function startPasses({ config, log, shutdown, catalog, beat, regions }: Passes): void {
  const { sweepMs, reapMs } = config.timers;
  const passes = [
    new Periodic({ name: 'topology', everyMs: TOPOLOGY_MS, log, run: beat }),
    new Periodic({
      name: 'events',
      everyMs: EVENTS_MS,
      log,
      run: async () => {
        await catalog.events.number();
      },
    }),
    ...regions.flatMap((region) => [
      new Periodic({ name: 'due', everyMs: sweepMs, log, run: () => region.passDue() }),
      new Periodic({ name: 'sweep', everyMs: reapMs, log, run: () => region.sweep() }),
    ]),
  ];
  shutdown.onShutdown('passes', async () => {
    await Promise.all(passes.map((pass) => pass.stop()));
  });
}

async function openRegistries(config: Config): Promise<ReadonlyMap<string, OpenRegistry>> {
  const registries = new Map<string, OpenRegistry>();
  for (const region of config.regions) {
    const definitions = storesToOpen(config, [region]).map(({ id, kind, options }) => ({
      id,
      kind,
      config: options,
    }));
    registries.set(
      region,
      await createRegistry(
        [fileDriver],
        definitions,
        standardLayers({ stallMs: config.timers.stallMs }),
      ),
    );
  }
  return registries;
}

function union(registries: readonly StoreRegistry[]): StoreRegistry {
  const stores = new Map(
    registries.flatMap((registry) => registry.list().map((store) => [store.id, store])),
  );
  return { find: (id) => stores.get(id), list: () => [...stores.values()] };
}
