import type {
  Durability,
  ImageFormatRules,
  ImageLimits,
  Policy,
  Retention,
  ShownLocations,
  StoreFacts,
  StrategyName,
  Timers,
} from '@parallax/core';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogConfig {
  readonly level: LogLevel;
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Files by absolute path; read by whoever listens. */
export interface ListenerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Undefined: clients need no certificate. */
  readonly caFile: string | undefined;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface Listener extends Address {
  /** Undefined: a trusted proxy's header, then the client's address, then `Config.region` decide. */
  readonly region: string | undefined;
  /** Undefined: plain HTTP. */
  readonly tls: ListenerTls | undefined;
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

/** In the form Keystone takes it: by id, or by a name within a domain. */
export type KeystoneName =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

/** Who we are at Keystone. */
export type KeystoneCredentials =
  | {
      readonly method: 'password';
      readonly user: KeystoneName;
      readonly password: string;
      readonly project: KeystoneName;
    }
  | {
      readonly method: 'application_credential';
      readonly credential:
        | { readonly id: string }
        | { readonly name: string; readonly user: KeystoneName };
      readonly secret: string;
    };

/** The Keystone of one region. */
export interface KeystoneConfig {
  /** Base URL of the v3 API, without a slash at its end. */
  readonly authUrl: string;
  /** Where clients get tokens. */
  readonly wwwAuthenticateUri: string;
  readonly credentials: KeystoneCredentials;
  /** Certificates in PEM that are trusted instead of the system's. */
  readonly ca: string | undefined;
  readonly insecure: boolean;
  /** How long what Keystone said of a token is believed. */
  readonly cacheMs: number;
  /** How long a token that was good is believed while Keystone does not answer; never beyond its expiry. */
  readonly outageMs: number;
  readonly timeoutMs: number;
  /** Roles by which a service is known, in lower case. */
  readonly serviceRoles: readonly string[];
}

export interface IdentityConfig {
  /** Those of the file named by `static_tokens_file` included. */
  readonly staticTokens: readonly StaticToken[];
  /** By region, for each region the file knows; undefined without Keystone. */
  readonly keystone: ReadonlyMap<string, KeystoneConfig> | undefined;
}

export interface ClientRegion {
  readonly cidr: string;
  readonly region: string;
}

/** What clients of a node may hold at a time. */
export interface ClientLimits {
  readonly uploadsPerProject: number;
  readonly connections: number;
  /** From the first byte of a request, or from the connection, to the end of its head. */
  readonly headersMs: number;
}

/** Which pages of other origins may use the API from a browser. */
export interface CorsConfig {
  /** As browsers send them; `*` for every one, and then never with credentials. */
  readonly allowedOrigins: readonly string[];
  readonly allowCredentials: boolean;
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
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
  /** Undefined: none may. */
  readonly cors: CorsConfig | undefined;
  readonly identity: IdentityConfig;
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
  readonly uploadProof: 'sent' | 'read';
  readonly imageSizeCap: number;
  readonly imageFormat: ImageFormatRules;
  readonly limits: ImageLimits;
  readonly retention: Retention;
  readonly shownLocations: ShownLocations;
  readonly maxUploads: number;
  readonly maxDownloads: number;
  readonly clientLimits: ClientLimits;
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
