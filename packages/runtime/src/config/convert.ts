import { availableParallelism, hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { DEFAULT_TIMERS, type Durability, type Policy, type Timers } from '@parallax/core';
import type { Config, StoreConfig } from './config.ts';
import { DEFAULT_UPLOADS, toClientLimits, toCors, toTls } from './convert-edges.ts';
import { type IdentitySecrets, toIdentityConfig } from './convert-identity.ts';
import { toLimits, toRetention } from './convert-images.ts';
import { parseDuration, parseSize } from './quantities.ts';
import type { ConfigFile } from './schema.ts';

/** What is read from other files than the configuration. */
export interface Secrets extends IdentitySecrets {
  readonly internalKey: string;
}

type Quantity = number | string | undefined;

const MiB = 2 ** 20;
const TiB = 2 ** 40;

/** Fills defaults in and parses quantities. `file` has passed the schema, so what it calls a size is one. */
export function toConfig(path: string, file: ConfigFile, secrets: Secrets): Config {
  const regions = [...new Set(file.regions ?? [file.region])];
  const knownRegions = [...new Set([file.region, ...regions, ...(file.other_regions ?? [])])];
  return {
    file: path,
    state: resolve(dirname(path), file.state ?? '.parallax'),
    region: file.region,
    regions,
    knownRegions,
    node: { name: file.node?.name ?? hostname() },
    database: { url: file.database?.url ?? '', pool: file.database?.pool ?? 10 },
    queue: file.queue?.url === undefined ? undefined : { url: file.queue.url },
    ...toListeners(path, file),
    internal: { key: secrets.internalKey, advertise: withoutSlash(file.internal?.advertise) },
    publicEndpoint: withoutSlash(file.public_endpoint),
    processes: file.processes ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    trustedProxies: file.trusted_proxies ?? [],
    clientRegions: file.client_regions ?? [],
    cors: toCors(file.cors),
    identity: toIdentityConfig(file.identity, knownRegions, secrets),
    accessRules: file.access_rules && { file: beside(path, file.access_rules.file) },
    propertyProtections: file.property_protections && {
      file: beside(path, file.property_protections.file),
      format: file.property_protections.rule_format ?? 'roles',
    },
    strategies: {
      chain: file.strategies?.chain ?? ['region', 'weight'],
      storeTypePreference: file.strategies?.store_type_preference ?? [],
    },
    durability: toDurability(file.durability ?? '1 store'),
    uploadProof: file.uploads?.proof ?? 'sent',
    imageSizeCap: bytes(file.image_size_cap, TiB),
    imageFormat: {
      requireMatch: file.image_format?.require_match ?? true,
      gptSafetyChecksNonfatal: file.image_format?.gpt_safety_checks_nonfatal ?? [],
    },
    limits: toLimits(file.limits ?? {}),
    retention: toRetention(file.images ?? {}),
    shownLocations: {
      locations: file.images?.show_multiple_locations ?? false,
      directUrl: file.images?.show_image_direct_url ?? false,
    },
    maxUploads: file.max_uploads ?? DEFAULT_UPLOADS,
    maxDownloads: file.max_downloads ?? 256,
    clientLimits: toClientLimits(file),
    uploadMemory: bytes(file.upload_memory, 128 * MiB),
    stores: toStores(path, file.stores ?? []),
    policies: (file.policies ?? []).map(toPolicy),
    timers: toTimers(file.timers ?? {}),
    log: { level: file.log?.level ?? 'info' },
    worker: {
      concurrency: file.worker?.concurrency ?? 4,
      copyStreams: file.worker?.copy_streams ?? 4,
    },
  };
}

function beside(path: string, file: string): string {
  return resolve(dirname(path), file);
}

function toListeners(path: string, file: ConfigFile): Pick<Config, 'listen' | 'adminListen'> {
  const listen = file.listen ?? [{ port: 9292 }];
  return {
    listen: listen.map(({ host = '127.0.0.1', port, region, tls }) => ({
      host,
      port,
      region,
      tls: toTls(tls, (name) => beside(path, name)),
    })),
    adminListen: {
      host: file.admin_listen?.host ?? '127.0.0.1',
      port: file.admin_listen?.port ?? 9390,
    },
  };
}

function toDurability(text: string): Durability {
  const count = Number.parseInt(text, 10);
  return { stores: count, regions: text.includes('region') ? count : 1 };
}

function toStores(
  path: string,
  entries: NonNullable<ConfigFile['stores']>,
): readonly StoreConfig[] {
  return entries.map((entry, position) => {
    const {
      id,
      region,
      kind,
      reach,
      description,
      weight,
      default: isDefault,
      read_only,
      key_prefix,
      ...options
    } = entry;
    const ofRegion = entries.filter((other) => other.region === region);
    const chosen = ofRegion.find((other) => other.default === true);
    const first = ofRegion.find(
      (other) => other.default !== false && other.read_only !== true && other.kind !== 'http',
    );
    return {
      id,
      region,
      kind,
      reach:
        reach ?? (kind === 's3' || kind === 'swift' || kind === 'http' ? 'anywhere' : 'region'),
      description: description ?? null,
      weight: weight ?? 0,
      position,
      isDefault: isDefault ?? (chosen ?? first) === entry,
      readOnly: read_only ?? false,
      keyPrefix: key_prefix ?? '',
      options: withFilesBeside(path, options),
    };
  });
}

/** Drivers get names of files (`*_file`, at any depth) as absolute paths: they do not know where the configuration lies. */
function withFilesBeside(
  path: string,
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).map(([field, value]) => {
      if (typeof value === 'string' && field.endsWith('_file')) return [field, beside(path, value)];
      const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [field, isNested ? withFilesBeside(path, { ...value }) : value];
    }),
  );
}

function toPolicy(entry: NonNullable<ConfigFile['policies']>[number]): Policy {
  const { min_size, max_size, ...selector } = entry.selector ?? {};
  return {
    id: entry.id,
    enabled: entry.enabled ?? true,
    selector: {
      ...selector,
      ...(min_size === undefined ? {} : { minSize: bytes(min_size, 0) }),
      ...(max_size === undefined ? {} : { maxSize: bytes(max_size, 0) }),
    },
    targets: entry.targets.map(({ copies = 1, ...target }) => ({ ...target, copies })),
  };
}

function toTimers(entry: NonNullable<ConfigFile['timers']>): Timers {
  const ms = (value: Quantity, otherwise: number): number =>
    value === undefined ? otherwise : (parseDuration(value) ?? otherwise);
  return {
    leaseMs: ms(entry.lease_ms, DEFAULT_TIMERS.leaseMs),
    intentGraceMs: ms(entry.intent_grace_ms, DEFAULT_TIMERS.intentGraceMs),
    removeGraceMs: ms(entry.remove_grace_ms, DEFAULT_TIMERS.removeGraceMs),
    stallMs: ms(entry.stall_ms, DEFAULT_TIMERS.stallMs),
    sweepMs: ms(entry.sweep_ms, DEFAULT_TIMERS.sweepMs),
    reapMs: ms(entry.reap_ms, DEFAULT_TIMERS.reapMs),
  };
}

function bytes(value: Quantity, otherwise: number): number {
  return value === undefined ? otherwise : (parseSize(value) ?? otherwise);
}

function withoutSlash(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, '');
}
