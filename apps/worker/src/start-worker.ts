import { randomUUID } from 'node:crypto';
import { RelayClient, relayRoutes } from '@parallax/bytes';
import { strategyChain } from '@parallax/core';
import { defaultAccessRules } from '@parallax/identity';
import { createJobRunner } from '@parallax/queue';
import { AdminListener, bootId, internalAgent } from '@parallax/runtime';
import { createBytesAccess, Topology, type WorkerContext } from '@parallax/services';
import { openParts, type Parts, type StartOptions } from './open-parts.ts';
import { startPasses } from './passes.ts';
import { RegionWorker } from './region-worker.ts';

/** Others stop asking a node that was not heard of for so long. */
const BEAT_TTL_MS = 10_000;
/** Running copies get so long to put their rows down. */
const STOP_MS = 30_000;

/** Wires a worker: one registry and one `RegionWorker` per region it serves, one internal listener for all of them. */
export async function startWorker(o: StartOptions): Promise<void> {
  const { config, log, shutdown } = o;
  const parts = await openParts(o);
  const topology = new Topology(parts.catalog);
  const admin = await openAdmin(o, parts);
  const nodeId = `worker-${config.node.name}-${randomUUID()}`;
  const beat = async (): Promise<void> => {
    // A store that is down is read through nobody, and an upload for it goes elsewhere at once.
    const down = new Set(topology.stores().flatMap(({ id, state }) => (state === 'up' ? [] : id)));
    const stores = parts.all.list().flatMap(({ id }) => (down.has(id) ? [] : id));
    await parts.catalog.nodes.beat(
      { id: nodeId, role: 'worker', regions: config.regions, url: admin.url, stores },
      BEAT_TTL_MS,
    );
    await topology.refresh();
  };
  await beat();
  shutdown.onShutdown('node row', () => parts.catalog.nodes.leave(nodeId));
  const contexts = regionContexts(o, { parts, topology, nodeId });
  const { concurrency } = config.worker;
  const regions = [...contexts].map(([region, ctx]) => new RegionWorker(region, ctx, concurrency));
  const runner = await createJobRunner({
    redisUrl: config.queue?.url,
    databaseUrl: config.database.url,
    log,
    observe: parts.observeQueue,
  });
  for (const region of regions) await region.sweep();
  await topology.refresh();
  await Promise.all(regions.map((region) => region.listen(runner, concurrency)));
  const stopJobs = async (): Promise<void> => {
    await Promise.all(regions.map((region) => region.stop()));
    await runner.close();
  };
  shutdown.onShutdown('jobs', stopJobs, STOP_MS);
  startPasses(o, { catalog: parts.catalog, regions, beat });
  log.info({ nodeId, regions: config.regions, admin: admin.url }, 'worker is ready');
}

async function openAdmin(o: StartOptions, { catalog, all }: Parts): Promise<AdminListener> {
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
  readonly nodeId: string;
}

/** Each region sees its own stores only: bytes of another one come over the internal route, also within this process. */
function regionContexts(
  { config, log }: StartOptions,
  { parts, topology, nodeId }: Shared,
): ReadonlyMap<string, WorkerContext> {
  const { catalog, engine, doorbell } = parts;
  const relay = new RelayClient({ agent: internalAgent(), key: config.internal.key });
  const nodes = (): ReturnType<Topology['nodes']> => topology.nodes();
  const contexts = [...parts.registries].map(([region, stores]): [string, WorkerContext] => [
    region,
    {
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
      nodes,
      bytes: createBytesAccess({ engine, catalog, stores, relay, bootId: bootId(), nodes }),
      bootId: bootId(),
      copyStreams: config.worker.copyStreams,
      random: Math.random,
    },
  ]);
  return new Map(contexts);
}
