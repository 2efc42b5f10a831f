import { randomUUID } from 'node:crypto';
import { RelayClient, relayRoutes } from '@parallax/bytes';
import { type Store, type StoreRegistry, strategyChain } from '@parallax/core';
import { defaultAccessRules } from '@parallax/identity';
import { createJobRunner } from '@parallax/queue';
import { AdminListener, bootId, internalAgent } from '@parallax/runtime';
import { CheckedStores, createBytesAccess, Topology, type WorkerContext } from '@parallax/services';
import { openParts, type Parts, type StartOptions } from './open-parts.ts';
import { startPasses } from './passes.ts';
import { RegionWorker } from './region-worker.ts';

/** Others stop asking a node that was not heard of for so long. */
const BEAT_TTL_MS = 10_000;
/** The last fsync of a relayed write may take long; what moves bytes has a watchdog of its own. */
const COMMIT_MS = 600_000;
/** Running copies get so long to put their rows down. */
const STOP_MS = 30_000;

/** Wires a worker: one registry and one `RegionWorker` per region it serves, one internal listener for all of them. */
export async function startWorker(o: StartOptions): Promise<void> {
  const { config, log, shutdown } = o;
  const parts = await openParts(o);
  const topology = new Topology(parts.catalog);
  const checked = checkedStores(o, parts, topology);
  const all = union([...checked.values()]);
  const admin = await openAdmin(o, parts, all);
  const nodeId = `worker-${config.node.name}-${randomUUID()}`;
  const beat = async (): Promise<void> => {
    await topology.refresh();
    await Promise.all([...checked.values()].map((stores) => stores.check(shutdown.signal)));
    const stores = all.list().map(({ id }) => id);
    await parts.catalog.nodes.beat(
      { id: nodeId, role: 'worker', regions: config.regions, url: admin.url, stores },
      BEAT_TTL_MS,
    );
  };
  await beat();
  shutdown.onShutdown('node row', () => parts.catalog.nodes.leave(nodeId));
  const contexts = regionContexts(o, { parts, topology, checked, nodeId });
  const { concurrency } = config.worker;
  const regions = [...contexts].map(([region, ctx]) => new RegionWorker(region, ctx, concurrency));
  const runner = await createJobRunner({
    redisUrl: config.queue?.url,
    databaseUrl: config.database.url,
    log,
    observe: parts.observeQueue,
  });
  // Says which stores are up; one that hangs or fails must not keep the others from being served.
  for (const region of regions) {
    await region.sweep().catch((err: unknown) => log.error({ err }, 'first sweep failed'));
  }
  await beat();
  await Promise.all(regions.map((region) => region.listen(runner, concurrency)));
  const stopJobs = async (): Promise<void> => {
    await Promise.all(regions.map((region) => region.stop()));
    await runner.close();
  };
  shutdown.onShutdown('jobs', stopJobs, STOP_MS);
  startPasses(o, { catalog: parts.catalog, regions, beat });
  log.info({ nodeId, regions: config.regions, admin: admin.url }, 'worker is ready');
}

/** Per region, the stores whose marker this process has seen: nothing else is opened, whatever the rows say. */
function checkedStores(
  { log }: StartOptions,
  { registries }: Parts,
  topology: Topology,
): ReadonlyMap<string, CheckedStores> {
  const facts = (): ReturnType<Topology['stores']> => topology.stores();
  return new Map(
    [...registries].map(([region, stores]) => [region, new CheckedStores({ stores, log, facts })]),
  );
}

function union(registries: readonly StoreRegistry[]): StoreRegistry {
  const list = (): readonly Store[] => registries.flatMap((registry) => registry.list());
  return { find: (id) => list().find((store) => store.id === id), list };
}

async function openAdmin(
  o: StartOptions,
  { catalog }: Parts,
  all: StoreRegistry,
): Promise<AdminListener> {
  const { config, log, metrics, shutdown } = o;
  const { internal, timers } = config;
  const admin = await AdminListener.start({
    listen: config.adminListen,
    log,
    metrics,
    advertise: internal.advertise,
  });
  shutdown.onShutdown('admin listener', ({ signal }) => admin.close({ signal }));
  admin.mount(
    relayRoutes({
      catalog,
      stores: all,
      key: internal.key,
      log,
      stallMs: timers.stallMs,
      bootId: bootId(),
    }),
  );
  admin.addCheck({ name: 'database', check: () => catalog.ping() });
  return admin;
}

interface Shared {
  readonly parts: Parts;
  readonly topology: Topology;
  readonly checked: ReadonlyMap<string, CheckedStores>;
  readonly nodeId: string;
}

/** Each region sees its own stores only: bytes of another one come over the internal route, also within this process. */
function regionContexts(
  { config, log }: StartOptions,
  { parts, topology, checked, nodeId }: Shared,
): ReadonlyMap<string, WorkerContext> {
  const { catalog, engine, doorbell } = parts;
  const relay = new RelayClient({
    agent: internalAgent({ headersMs: COMMIT_MS }),
    key: config.internal.key,
  });
  const nodes = (): ReturnType<Topology['nodes']> => topology.nodes();
  const contexts = [...checked].map(([region, stores]): [string, WorkerContext] => [
    region,
    {
      nodeId,
      regions: config.regions,
      catalog,
      stores,
      configured: parts.registries.get(region) ?? union([]),
      access: defaultAccessRules(),
      doorbell,
      strategies: strategyChain(config.strategies),
      timers: config.timers,
      durability: config.durability,
      uploadProof: config.uploadProof,
      imageSizeCap: config.imageSizeCap,
      imageFormat: config.imageFormat,
      limits: config.limits,
      retention: config.retention,
      shownLocations: config.shownLocations,
      log: log.child({ region }),
      storeFacts: () => topology.stores(),
      nodes,
      bytes: createBytesAccess({ engine, catalog, stores, relay, bootId: bootId(), nodes }),
      bootId: bootId(),
      copyStreams: config.worker.copyStreams,
      random: Math.random,
    },
  ]);
  return new Map(contexts);
}
