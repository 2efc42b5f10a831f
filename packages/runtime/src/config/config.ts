import type { Durability, Policy, StoreFacts, StrategyName, Timers } from '@parallax/core';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogConfig {
  readonly level: LogLevel;
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export interface Listener extends Address {
  /** Undefined: a trusted proxy's header, then the client's address, then `Config.region` decide. */
  readonly region: string | undefined;
}

/** What the catalog is told of a store (`StoreRepository.define`). */
export type StoreDefinition = Omit<StoreFacts, 'identity' | 'state' | 'stateReason'>;

export interface StoreConfig extends StoreDefinition {
  /** Every field that is not common to all kinds, exactly as written: for the driver's `parseConfig`. May hold credentials. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface StaticToken {
  readonly token: string;
  readonly userId: string;
  readonly projectId: string;
  /** Lower case. */
  readonly roles: readonly string[];
}

export interface ClientRegion {
  readonly cidr: string;
  readonly region: string;
}

/** What a node needs to start: parsed, checked and complete. Holds secrets; never logged as a whole. */
export interface Config {
  /** Absolute path of the file it came from. */
  readonly file: string;
  /** Absolute folder of the node's own state; not created here. */
  readonly state: string;
  readonly region: string;
  /** Regions a worker serves. */
  readonly regions: readonly string[];
  /** Every region the file knows: own, served and other ones. */
  readonly knownRegions: readonly string[];
  readonly node: { readonly name: string };
  readonly database: { readonly url: string; readonly pool: number };
  /** Undefined: the queue is in Postgres. */
  readonly queue: { readonly url: string } | undefined;
  readonly listen: readonly Listener[];
  readonly adminListen: Address;
  readonly internal: { readonly key: string; readonly advertise: string | undefined };
  readonly publicEndpoint: string | undefined;
  readonly processes: number;
  /** Addresses or networks; see `addressSet`. */
  readonly trustedProxies: readonly string[];
  readonly clientRegions: readonly ClientRegion[];
  /** Those of the file named by `static_tokens_file` included. */
  readonly identity: { readonly staticTokens: readonly StaticToken[] };
  /** Undefined: Glance's defaults. */
  readonly accessRules: { readonly file: string } | undefined;
  /** Undefined: every property is anybody's. */
  readonly propertyProtections:
    | { readonly file: string; readonly format: 'roles' | 'policies' }
    | undefined;
  readonly strategies: {
    readonly chain: readonly StrategyName[];
    readonly storeTypePreference: readonly string[];
  };
  readonly durability: Durability;
  readonly imageSizeCap: number;
  readonly maxUploads: number;
  readonly maxDownloads: number;
  readonly uploadMemory: number;
  readonly stores: readonly StoreConfig[];
  readonly policies: readonly Policy[];
  readonly timers: Timers;
  readonly log: LogConfig;
  readonly worker: { readonly concurrency: number; readonly copyStreams: number };
}

/**
 * Stores a process that serves `regions` opens itself: those of its regions and those reachable from anywhere;
 * a file store bound to a node only on that node.
 */
export function storesToOpen(config: Config, regions: readonly string[]): readonly StoreConfig[] {
  return config.stores.filter((store) => {
    const bound = store.kind === 'file' ? store.options['node'] : undefined;
    if (bound !== undefined && bound !== config.node.name) return false;
    return store.reach === 'anywhere' || regions.includes(store.region);
  });
}
