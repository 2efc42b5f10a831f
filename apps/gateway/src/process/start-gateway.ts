import { randomUUID } from 'node:crypto';
import { RelayClient, relayRoutes } from '@parallax/bytes';
import { type AccessRules, AppError, strategyChain } from '@parallax/core';
import {
  AdminListener,
  bootId,
  type Config,
  internalAgent,
  type Metrics,
  type PassCounters,
  type ProcessLogger,
  passCounters,
  type Shutdown,
  startPeriodic,
  storesToOpen,
} from '@parallax/runtime';
import * as services from '@parallax/services';
import { buildApp } from '../app.ts';
import { ClientRegions } from '../middleware/client-region.ts';
import { requestMetrics } from '../middleware/request-metrics.ts';
import { TransferSlots } from '../routes/transfer-slots.ts';
import { keepCertificates } from './keep-certificates.ts';
import { Drain, Listeners } from './listeners.ts';
import { keepAccess } from './open-access.ts';
import { openIdentity } from './open-identity.ts';
import { openParts, type Parts } from './open-parts.ts';
import { countTransfers } from './part-metrics.ts';

/** The last fsync of a relayed write may take long; what moves bytes has a watchdog of its own. */
const COMMIT_MS = 600_000;
const TOPOLOGY_MS = 1000;
/** Others stop asking a node that was not heard of for so long. */
const BEAT_TTL_MS = 10_000;
/** Requests under way at the end get so long. */
const FINISH_MS = 30_000;

export interface StartOptions {
  readonly config: Config;
  readonly log: ProcessLogger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  /** How long health checks fail before the listeners close. */
  readonly drainNoticeMs: number;
}

/** Wires one gateway process; returns the addresses it answers on. */
export async function startGateway(o: StartOptions): Promise<readonly string[]> {
  const { config, log, metrics, shutdown } = o;
  const passes = passCounters(metrics);
  const access = await keepAccess(o, passes);
  const certificates = await keepCertificates(o, passes);
  const parts = await openParts(o);
  const topology = new services.Topology(parts.catalog);
  const stores = new services.CheckedStores({
    stores: parts.stores,
    log,
    facts: () => topology.stores(),
  });
  const admin = await openAdmin(o, parts, stores);
  const nodeId = `gateway-${config.node.name}-${randomUUID()}`;
  const wiring = { ...o, parts, access, passes, topology, stores, nodeId };
  await keepTopology({ ...wiring, url: admin.url });
  /** Of a limit of the whole node. */
  const share = (limit: number): number => Math.ceil(limit / config.processes);
  const slots = {
    uploads: new TransferSlots(
      share(config.maxUploads),
      share(config.clientLimits.uploadsPerProject),
    ),
    downloads: new TransferSlots(share(config.maxDownloads)),
  };
  countTransfers(metrics, slots);
  const drain = new Drain();
  const app = buildApp({
    deployment: deploymentOf(wiring),
    services,
    ...openIdentity({ ...o, admin }),
    regions: new ClientRegions({
      own: config.region,
      trustedProxies: config.trustedProxies,
      networks: config.clientRegions,
      knownRegions: config.knownRegions,
    }),
    metrics: requestMetrics(metrics),
    slots,
    cors: config.cors,
    publicEndpoint: config.publicEndpoint,
    draining: () => drain.begun,
  });
  const listeners = await Listeners.open({
    app,
    log,
    listen: config.listen,
    certificates,
    headersMs: config.clientLimits.headersMs,
    connections: share(config.clientLimits.connections),
  });
  shutdown.onShutdown('listeners', ({ signal }) => listeners.close(signal), FINISH_MS);
  shutdown.onShutdown(
    'notice',
    ({ signal }) => drain.begin(o.drainNoticeMs, signal),
    o.drainNoticeMs + 1000,
  );
  log.info({ nodeId, urls: listeners.urls, admin: admin.url }, 'gateway is ready');
  return listeners.urls;
}

async function openAdmin(
  { config, log, metrics, shutdown }: StartOptions,
  { catalog }: Parts,
  stores: services.CheckedStores,
): Promise<AdminListener> {
  const admin = await AdminListener.start({
    listen: config.adminListen,
    log,
    metrics,
    advertise: config.internal.advertise,
  });
  shutdown.onShutdown('admin listener', ({ signal }) => admin.close({ signal }));
  admin.mount(
    relayRoutes({
      catalog,
      stores,
      key: config.internal.key,
      log,
      stallMs: config.timers.stallMs,
      bootId: bootId(),
    }),
  );
  admin.addCheck({ name: 'database', check: () => catalog.ping() });
  for (const { id } of storesToOpen(config, [config.region])) {
    admin.addCheck({ name: `store ${id}`, critical: false, check: () => requireStore(stores, id) });
  }
  return admin;
}

interface Wiring extends StartOptions {
  readonly parts: Parts;
  readonly access: AccessRules;
  readonly passes: PassCounters;
  readonly topology: services.Topology;
  readonly stores: services.CheckedStores;
  readonly nodeId: string;
}

/** Tells the others of this node, and keeps what is known of them and of the stores at most about a second old. */
async function keepTopology(o: Wiring & { readonly url: string }): Promise<void> {
  const { config, log, parts, passes, topology, stores, nodeId, shutdown } = o;
  const refresh = async (): Promise<void> => {
    await parts.catalog.nodes.beat(
      {
        id: nodeId,
        role: 'gateway',
        regions: [config.region],
        url: o.url,
        stores: stores.list().map(({ id }) => id),
      },
      BEAT_TTL_MS,
    );
    await topology.refresh();
  };
  await topology.refresh();
  await stores.check(shutdown.signal);
  await refresh();
  shutdown.onShutdown('node row', () => parts.catalog.nodes.leave(nodeId));
  const common = { everyMs: TOPOLOGY_MS, log, passes };
  const periodic = [
    startPeriodic({ ...common, name: 'topology', run: refresh }),
    startPeriodic({ ...common, name: 'stores', run: (signal) => stores.check(signal) }),
  ];
  shutdown.onShutdown('passes', async () => {
    await Promise.all(periodic.map((pass) => pass.stop()));
  });
}

function deploymentOf({
  config,
  log,
  parts,
  access,
  topology,
  stores,
  nodeId,
}: Wiring): services.AnyContext {
  const { catalog, doorbell, engine } = parts;
  const relay = new RelayClient({
    agent: internalAgent({ headersMs: COMMIT_MS }),
    key: config.internal.key,
  });
  const nodes = () => topology.nodes();
  return {
    nodeId,
    regions: [config.region],
    catalog,
    stores,
    access,
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
    log,
    storeFacts: () => topology.stores(),
    nodes,
    bytes: services.createBytesAccess({ engine, catalog, stores, relay, bootId: bootId(), nodes }),
  };
}

async function requireStore(stores: services.CheckedStores, id: string): Promise<void> {
  if (stores.find(id) === undefined) throw new AppError('unavailable', 'its marker was not seen');
}
