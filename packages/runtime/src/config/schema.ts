import { STRATEGY_NAMES } from '@parallax/core';
import { type Static, Type } from 'typebox';
import { corsSchema, tlsSchema } from './schema-edges.ts';
import { identitySchema } from './schema-identity.ts';
import { imagesSchema, limitsSchema } from './schema-images.ts';
import { policySchema, STORE_KINDS, storeSchema } from './schema-stores.ts';
import {
  CLOSED,
  choice,
  duration,
  EXPECTED,
  flag,
  listOf,
  name,
  size,
  text,
  url,
  whole,
} from './schema-types.ts';

const { Object: object, Optional: optional } = Type;

const RULE_FORMATS = ['roles', 'policies'] as const;
/** Checks of partition tables, as the format inspector names them. */
const GPT_CHECKS = ['mbr'] as const;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

const port = whole('0 takes any free port.', 0, 65_535);
const host = text('Address to bind.', 'a host name or an IP address');
const cidr = (description: string) =>
  text(description, 'an address or network such as 10.1.0.0/16');

/** The configuration file (`parallax.yaml`) as it is written; `Config` is what becomes of it. */
export const configSchema = object(
  {
    state: optional(
      text("Folder for the node's own state. Default .parallax beside this file.", 'a path'),
    ),
    region: name('Region this process belongs to; the default region of its clients.'),
    regions: optional(
      listOf(name('A region.'), 'Regions a worker serves. Default: only its own.', {
        minItems: 1,
        [EXPECTED]: 'a list of at least one region',
      }),
    ),
    other_regions: optional(
      listOf(
        name('A region.'),
        'Regions served by nodes with another configuration. Named here so that a misspelt region is found.',
      ),
    ),
    node: optional(
      object(
        {
          name: optional(
            text(
              'Name of this host, for `node:` of file stores. Default: the host name.',
              'a name',
            ),
          ),
        },
        CLOSED,
      ),
    ),
    database: optional(
      object(
        {
          url: optional(
            url(['postgres', 'postgresql'], 'Postgres. PARALLAX_DATABASE_URL overrides it.'),
          ),
          pool: optional(whole('Connections of one process. Default 10.', 1, 1000)),
        },
        CLOSED,
      ),
    ),
    queue: optional(
      object(
        {
          url: optional(
            url(
              ['redis', 'rediss', 'unix'],
              'Redis or Valkey. REDIS_URL overrides it; without either the queue is in Postgres.',
            ),
          ),
        },
        CLOSED,
      ),
    ),
    listen: optional(
      listOf(
        object(
          {
            host: optional(host),
            port,
            region: optional(name('Region of the clients that come this way.')),
            tls: optional(tlsSchema),
          },
          CLOSED,
        ),
        'Where clients connect. Default 127.0.0.1:9292.',
        { minItems: 1, [EXPECTED]: 'a list of at least one address, such as [{ port: 9292 }]' },
      ),
    ),
    admin_listen: optional(
      object(
        { host: optional(host), port: optional(port) },
        {
          ...CLOSED,
          description:
            'Metrics, detailed health and /internal; never public. Default 127.0.0.1:9390.',
        },
      ),
    ),
    internal: optional(
      object(
        {
          key: optional(
            text(
              'Secret shared by all nodes; signs what they say to each other. PARALLAX_INTERNAL_KEY overrides it.',
              'at least 16 characters',
              { minLength: 16 },
            ),
          ),
          key_file: optional(text('File that holds the key instead.', 'a path')),
          advertise: optional(
            url(
              ['http', 'https'],
              "Base URL by which other nodes reach this one's admin listener. Default: its address.",
            ),
          ),
        },
        CLOSED,
      ),
    ),
    public_endpoint: optional(
      url(['http', 'https'], 'Base URL of links in responses. Default: what the client asked for.'),
    ),
    processes: optional(whole('Gateway processes of this host. Default: half the cores.', 1, 256)),
    trusted_proxies: optional(
      listOf(
        cidr('An address or network.'),
        'Whose X-Forwarded-* and X-Parallax-Region headers are believed.',
      ),
    ),
    client_regions: optional(
      listOf(
        object({ cidr: cidr('Addresses of clients.'), region: name('Their region.') }, CLOSED),
        'Regions of clients by their address; the first match wins.',
      ),
    ),
    cors: optional(corsSchema),
    identity: optional(identitySchema),
    access_rules: optional(
      object(
        {
          file: text(
            "YAML or JSON file with rules in oslo.policy's language in place of Glance's defaults. Read again when it changes.",
            'a path',
          ),
        },
        CLOSED,
      ),
    ),
    property_protections: optional(
      object(
        {
          file: text(
            "Glance's property-protections.conf: who may create, read, update and delete which properties. Read again when it changes.",
            'a path',
          ),
          rule_format: optional(
            choice(
              RULE_FORMATS,
              'What stands in the file: lists of roles, or names of access rules. Default roles.',
            ),
          ),
        },
        CLOSED,
      ),
    ),
    strategies: optional(
      object(
        {
          chain: optional(
            listOf(
              choice(STRATEGY_NAMES, 'A strategy.'),
              'Order of copies for a reader: later ones decide among equals. Default [region, weight].',
            ),
          ),
          store_type_preference: optional(
            listOf(choice(STORE_KINDS, 'A kind.'), 'For the strategy store_type, best first.'),
          ),
        },
        CLOSED,
      ),
    ),
    durability: optional(
      text(
        'What must hold an upload before it is acknowledged. Default "1 store".',
        '"N stores" or "N regions", such as "2 regions"',
        { pattern: '^[1-9]\\d? (stores?|regions?)$' },
      ),
    ),
    uploads: optional(
      object(
        {
          proof: optional(
            choice(
              ['sent', 'read'],
              'What an upload must have proved before it is acknowledged: that the store took every byte, or also that it gives every byte back. Default sent.',
            ),
          ),
        },
        CLOSED,
      ),
    ),
    image_size_cap: optional(size('Greatest image. Default 1 TiB.')),
    image_format: optional(
      object(
        {
          require_match: optional(
            flag(
              'Refuse content of another format than its disk_format; unsafe content is refused in any case. Default true.',
            ),
          ),
          gpt_safety_checks_nonfatal: optional(
            listOf(
              choice(GPT_CHECKS, 'A check.'),
              'Failed checks of partition tables that are let pass. Default none.',
            ),
          ),
        },
        CLOSED,
      ),
    ),
    max_uploads: optional(
      whole('Uploads at a time on this node; 503 beyond. Default 64.', 1, 100_000),
    ),
    max_downloads: optional(
      whole('Downloads at a time on this node; 503 beyond. Default 256.', 1, 100_000),
    ),
    upload_memory: optional(size('Buffers for all uploads of this process. Default 128 MiB.')),
    limits: optional(limitsSchema),
    images: optional(imagesSchema),
    stores: optional(
      listOf(
        storeSchema,
        'Stores of this region, and those of others that may be opened from here.',
      ),
    ),
    policies: optional(
      listOf(policySchema, 'Seed an empty database; later the database is the truth.'),
    ),
    timers: optional(
      object(
        {
          lease_ms: optional(
            duration('How long a lease lasts without renewal. Default 30 s.', 100),
          ),
          intent_grace_ms: optional(
            duration('An unfinished object nobody works on is swept after this. Default 60 s.'),
          ),
          remove_grace_ms: optional(
            duration('The object of a deleted copy goes after this. Default 60 s.'),
          ),
          stall_ms: optional(
            duration('A transfer that moves no byte for so long is given up. Default 60 s.', 100),
          ),
          sweep_ms: optional(duration('Pass over rows that are due. Default 5 s.', 10)),
          reap_ms: optional(
            duration('Pass over abandoned objects and removals. Default 30 s.', 10),
          ),
        },
        CLOSED,
      ),
    ),
    log: optional(
      object({ level: optional(choice(LOG_LEVELS, 'Least level written. Default info.')) }, CLOSED),
    ),
    worker: optional(
      object(
        {
          concurrency: optional(whole('Jobs at a time per region. Default 4.', 1, 1000)),
          copy_streams: optional(whole('Parallel ranged reads of one copy. Default 4.', 1, 64)),
        },
        CLOSED,
      ),
    ),
  },
  { ...CLOSED, title: 'Parallax configuration' },
);

/** A valid file, before defaults and conversion. */
export type ConfigFile = Static<typeof configSchema>;
