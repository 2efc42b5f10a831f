import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_IMAGE_LIMITS,
  DEFAULT_RETENTION,
  DEFAULT_TIMERS,
  isAppError,
} from '@parallax/core';
import { afterAll, expect, it } from 'vitest';
import { storesToOpen } from './config.ts';
import { type ConfigOverrides, loadConfig } from './load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'parallax-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = 'internal: { key: 0123456789abcdef }';
const BASE = `region: east
database: { url: "postgres://u:p@localhost/parallax" }
${KEY}
`;
const STORE = `stores:
  - { id: east-1, region: east, kind: file, path: /data/east-1, shared: true }
`;

function load(text: string, overrides: ConfigOverrides = { env: {} }) {
  const file = join(folder, 'parallax.yaml');
  writeFileSync(file, text);
  return loadConfig(file, overrides);
}

/** The lines of the refusal, without the folder. */
function refusal(text: string, overrides?: ConfigOverrides): string[] {
  try {
    load(text, overrides);
  } catch (error) {
    if (isAppError(error, 'invalid_request'))
      return error.message.replaceAll(`${folder}/`, '').split('\n');
    throw error;
  }
  return [];
}

it('fills in every default', () => {
  const config = load(BASE + STORE);
  expect(config).toMatchObject({
    state: join(folder, '.parallax'),
    regions: ['east'],
    queue: undefined,
    listen: [{ host: '127.0.0.1', port: 9292, region: undefined, tls: undefined }],
    adminListen: { host: '127.0.0.1', port: 9390 },
    strategies: { chain: ['region', 'weight'], storeTypePreference: [] },
    durability: { stores: 1, regions: 1 },
    imageSizeCap: 2 ** 40,
    imageFormat: { requireMatch: true, gptSafetyChecksNonfatal: [] },
    limits: DEFAULT_IMAGE_LIMITS,
    retention: DEFAULT_RETENTION,
    maxUploads: 64,
    maxDownloads: 256,
    uploadMemory: 128 * 2 ** 20,
    timers: DEFAULT_TIMERS,
    log: { level: 'info' },
    worker: { concurrency: 4, copyStreams: 4 },
    database: { pool: 10 },
  });
  expect(config.processes).toBeGreaterThan(0);
});

it('parses durations, sizes and durability', () => {
  const config = load(`${BASE}
regions: [east, west]
timers: { lease_ms: 5 s, sweep_ms: 250 }
image_size_cap: 1.5 GiB
durability: 2 regions
stores:
  - { id: east-1, region: east, kind: file, path: /e, shared: true }
  - { id: west-1, region: west, kind: s3, bucket: images }
`);
  expect(config.timers).toMatchObject({
    leaseMs: 5000,
    sweepMs: 250,
    reapMs: DEFAULT_TIMERS.reapMs,
  });
  expect(config.imageSizeCap).toBe(1.5 * 2 ** 30);
  expect(config.durability).toEqual({ stores: 2, regions: 2 });
});

it('takes Glance’s names for limits and delayed delete, and -1 for none', () => {
  const config = load(`${BASE}${STORE}
limits: { image_property_quota: -1, image_tag_quota: 0, image_location_quota: 3 }
images: { delayed_delete: true, scrub_time: 2 d, purge_after: 30 d }
`);
  expect(config.limits).toEqual({
    properties: Number.POSITIVE_INFINITY,
    tags: 0,
    members: 128,
    locations: 3,
  });
  expect(config.retention).toEqual({ restorableMs: 172_800_000, purgeMs: 2_592_000_000 });
});

it('lets deleted images be restored for a day unless told otherwise', () => {
  const config = load(`${BASE}${STORE}images: { delayed_delete: true }\n`);
  expect(config.retention).toEqual({ restorableMs: 86_400_000, purgeMs: undefined });
  expect(load(`${BASE}${STORE}images: { scrub_time: 1 h }\n`).retention).toEqual(DEFAULT_RETENTION);
});

it('gives a store its common fields and its driver the rest as written', () => {
  const { stores } = load(`${BASE}
stores:
  - { id: a, region: east, kind: s3, bucket: images, key_prefix: p/, sse_c: { mode: x }, read_only: true }
  - { id: b, region: east, kind: file, path: /b, shared: true, weight: 3, description: fast }
`);
  expect(stores[0]).toEqual({
    id: 'a',
    region: 'east',
    kind: 's3',
    reach: 'anywhere',
    description: null,
    weight: 0,
    position: 0,
    isDefault: false,
    readOnly: true,
    keyPrefix: 'p/',
    options: { bucket: 'images', sse_c: { mode: 'x' } },
  });
  expect(stores[1]).toMatchObject({
    reach: 'region',
    weight: 3,
    position: 1,
    isDefault: true,
    options: { path: '/b', shared: true },
  });
});

it('makes the first writable store of a region its default unless one is named', () => {
  const { stores } = load(`${BASE}
stores:
  - { id: a, region: east, kind: file, path: /a, shared: true }
  - { id: b, region: east, kind: file, path: /b, shared: true, default: true }
`);
  expect(stores.map((store) => store.isDefault)).toEqual([false, true]);
});

it('opens stores of its regions, of any region when reachable, and of no other node', () => {
  const config = load(`${BASE}
node: { name: one }
other_regions: [west]
stores:
  - { id: here, region: east, kind: file, path: /a, node: one }
  - { id: there, region: east, kind: file, path: /b, node: two }
  - { id: far, region: west, kind: file, path: /c, shared: true }
  - { id: cloud, region: west, kind: s3 }
`);
  expect(storesToOpen(config, ['east']).map((store) => store.id)).toEqual(['here', 'cloud']);
});

it('lists every mistake with line, field and what is expected', () => {
  expect(
    refusal(`region: east
databse: { url: postgres://localhost/x }
listen:
  - { host: 127.0.0.1, port: 99999 }
log: { level: loud }
timers:
  lease_ms: 3 fortnights
stores:
  - { id: a, region: 7, kind: floppy }
  - { region: east, kind: file }
`),
  ).toEqual([
    'parallax.yaml:2: databse: unknown field; did you mean database?',
    'parallax.yaml:4: listen[0].port: expected a whole number from 0 to 65535; got 99999',
    'parallax.yaml:5: log.level: expected one of debug, info, warn, error, silent; got "loud"',
    'parallax.yaml:7: timers.lease_ms: expected a duration such as "30 s", "5 min" or 1500 (milliseconds), at least 100 ms; got "3 fortnights"',
    'parallax.yaml:9: stores[0].region: expected a name of letters, digits, ".", "_" and "-", at most 64 long; got 7',
    'parallax.yaml:9: stores[0].kind: expected one of file, s3, swift, rbd, http, cinder, glance; got "floppy"',
    'parallax.yaml:10: stores[1].id: is required: expected a name of letters, digits, ".", "_" and "-", at most 64 long',
  ]);
});

it.each([
  [
    'a region nobody knows',
    'stores:\n  - { id: a, region: wset, kind: s3 }\nother_regions: [west]',
    'parallax.yaml:5: stores[0].region: unknown region "wset": expected one of east, west; did you mean west?',
  ],
  [
    'a listener in an unknown region',
    `${STORE}listen: [{ port: 1, region: mars }]`,
    'parallax.yaml:6: listen[0].region: unknown region "mars": expected one of east',
  ],
  [
    'two stores of one name',
    `${STORE}  - { id: east-1, region: east, kind: s3 }`,
    'parallax.yaml:6: stores[1].id: store ids are unique in the deployment; stores[0] has east-1 too',
  ],
  [
    'two defaults of one region',
    'stores:\n  - { id: a, region: east, kind: s3, default: true }\n  - { id: b, region: east, kind: s3, default: true }',
    'parallax.yaml:6: stores[1].default: a region has one default store; stores[0] is that of east',
  ],
  [
    'a file store without a path',
    'stores:\n  - { id: a, region: east, kind: file, shared: true }',
    'parallax.yaml:5: stores[0].path: a file store needs the absolute path of its folder',
  ],
  [
    'a file store neither shared nor bound',
    'stores:\n  - { id: a, region: east, kind: file, path: /a }',
    'parallax.yaml:5: stores[0].shared: a file store needs exactly one of `shared: true` (every node of its region sees the folder) and `node: NAME` (only that one does)',
  ],
  [
    'a misspelt common field of a store',
    'stores:\n  - { id: a, region: east, kind: s3, readonly: true }',
    'parallax.yaml:5: stores[0].readonly: unknown field; did you mean read_only?',
  ],
  [
    'a file store reachable from anywhere',
    'stores:\n  - { id: a, region: east, kind: file, path: /a, shared: true, reach: anywhere }',
    'parallax.yaml:5: stores[0].reach: a file store is opened in its region only; expected region',
  ],
  [
    'durability the stores cannot give',
    `${STORE}durability: 2 stores`,
    'parallax.yaml:6: durability: asks for more writable stores than there are: 1',
  ],
  [
    'a policy for an unknown region',
    `${STORE}policies: [{ id: p, targets: [{ regions: [wets] }] }]`,
    'parallax.yaml:6: policies[0].targets[0].regions[0]: unknown region "wets": expected one of east, *',
  ],
  [
    'a bad network',
    `${STORE}trusted_proxies: [10.0.0.0/33]`,
    'parallax.yaml:6: trusted_proxies[0]: expected an address or network such as 10.1.0.0/16; got "10.0.0.0/33"',
  ],
  [
    'a token without roles',
    `${STORE}identity: { static_tokens: [{ token: t, user_id: u, project_id: p, roles: [] }] }`,
    'parallax.yaml:6: identity.static_tokens[0].roles: expected a list of at least one role, such as [member]; got an empty list',
  ],
])('refuses %s', (_, text, line) => {
  expect(refusal(BASE + text)).toEqual([line]);
});

it('refuses what is no YAML, naming the line', () => {
  expect(refusal('region: east\nlisten: [\n')[0]).toMatch(/^parallax\.yaml:\d+: /);
  expect(refusal('region: east\nregion: west\n')[0]).toMatch(/^parallax\.yaml:2: .*unique/i);
});

it('asks for the database and the key by file and by variable', () => {
  expect(refusal('region: east\nstores: [{ id: a, region: east, kind: s3 }]\n')).toEqual([
    'parallax.yaml:1: internal.key: is required, here, in key_file or as PARALLAX_INTERNAL_KEY: expected at least 16 characters',
    'parallax.yaml:1: database.url: is required, here or as PARALLAX_DATABASE_URL: expected postgres://…',
  ]);
});

it('says when the file is missing', () => {
  expect(() => loadConfig(join(folder, 'absent.yaml'), { env: {} })).toThrow(
    /absent\.yaml: cannot be read/,
  );
});

it('takes database, queue and key from the environment, and blames the variable when they are wrong', () => {
  const env = {
    PARALLAX_DATABASE_URL: 'postgres://env/x',
    REDIS_URL: 'redis://env',
    PARALLAX_INTERNAL_KEY: 'abcdefghijklmnop',
  };
  const config = load(`region: east\n${STORE}`, { env });
  expect(config).toMatchObject({
    database: { url: 'postgres://env/x' },
    queue: { url: 'redis://env' },
    internal: { key: 'abcdefghijklmnop' },
  });
  expect(refusal(BASE + STORE, { env: { REDIS_URL: 'http://env:pw@x' } })).toEqual([
    'REDIS_URL: expected a URL that starts with redis:// or rediss:// or unix://; got a string that is not',
  ]);
});

it('never repeats a secret in an error', () => {
  const lines = refusal(`region: east
database: { url: "mysql://u:hunter22@db/x" }
internal: { key: hunter22 }
identity: { static_tokens: [{ token: "hunter22 x", user_id: u, project_id: p, roles: [member] }] }
`);
  expect(lines).toHaveLength(3);
  expect(lines.join('\n')).not.toContain('hunter22');
});

it('reads key and tokens from files beside it', () => {
  writeFileSync(join(folder, 'key'), 'fedcba9876543210\n');
  writeFileSync(
    join(folder, 'tokens.yaml'),
    '- { token: t2, user_id: u, project_id: p, roles: [Member] }\n',
  );
  const config = load(`region: east
database: { url: "postgres://localhost/x" }
internal: { key_file: key }
identity:
  static_tokens: [{ token: t1, user_id: u, project_id: p, roles: [admin] }]
  static_tokens_file: tokens.yaml
${STORE}`);
  expect(config.internal.key).toBe('fedcba9876543210');
  expect(config.identity.staticTokens.map((t) => [t.token, t.roles])).toEqual([
    ['t1', ['admin']],
    ['t2', ['member']],
  ]);
  writeFileSync(join(folder, 'tokens.yaml'), '- { token: t2, user_id: u, roles: [member] }\n');
  expect(refusal(`${BASE}${STORE}identity: { static_tokens_file: tokens.yaml }`)).toEqual([
    'tokens.yaml:1: [0].project_id: is required: expected a project id',
  ]);
});

it('lets a worker have another admin port', () => {
  expect(load(BASE + STORE, { env: {}, adminPort: 0 }).adminListen.port).toBe(0);
});

const KEYSTONE = `identity:
  keystone:
    auth_url: http://keystone:5000/
    credentials: { username: parallax, password: pw, project_name: service }
`;

it('fills in what Keystone needs', () => {
  const { identity } = load(`${BASE}${STORE}${KEYSTONE}`);
  expect(identity.staticTokens).toEqual([]);
  expect([...(identity.keystone ?? [])]).toEqual([
    [
      'east',
      {
        authUrl: 'http://keystone:5000/v3',
        wwwAuthenticateUri: 'http://keystone:5000/v3',
        credentials: {
          method: 'password',
          user: { name: 'parallax', domain: { name: 'Default' } },
          password: 'pw',
          project: { name: 'service', domain: { name: 'Default' } },
        },
        ca: undefined,
        insecure: false,
        cacheMs: 60_000,
        outageMs: 3_600_000,
        timeoutMs: 5000,
        serviceRoles: ['service'],
      },
    ],
  ]);
});

it('knows a Keystone and credentials per region, from files beside it', () => {
  writeFileSync(join(folder, 'pw'), 'from-file\n');
  writeFileSync(join(folder, 'ca.pem'), 'certificate\n');
  const { identity } = load(`${BASE}${STORE}other_regions: [west, north]
identity:
  keystone:
    auth_url: https://east:5000/v3
    www_authenticate_uri: https://public/v3
    ca_file: ca.pem
    credentials: { user_id: u1, password_file: pw, project_id: p1 }
    service_roles: [Service, nova]
    cache_seconds: 0
    outage_ms: 5 min
    timeout_ms: 2 s
    regions:
      west:
        auth_url: https://west/identity
        credentials: { application_credential_id: ac1, application_credential_secret_file: pw }
      north:
        credentials:
          application_credential_name: ac
          application_credential_secret: s
          username: u
          user_domain_id: d1
`);
  const at = (region: string) => identity.keystone?.get(region);
  expect(at('east')).toMatchObject({
    wwwAuthenticateUri: 'https://public/v3',
    credentials: { user: { id: 'u1' }, password: 'from-file', project: { id: 'p1' } },
    ca: 'certificate\n',
    cacheMs: 0,
    outageMs: 300_000,
    timeoutMs: 2000,
    serviceRoles: ['service', 'nova'],
  });
  expect(at('west')).toMatchObject({
    authUrl: 'https://west/identity/v3',
    wwwAuthenticateUri: 'https://west/identity/v3',
    credentials: { credential: { id: 'ac1' }, secret: 'from-file' },
    ca: 'certificate\n',
  });
  expect(at('north')).toMatchObject({
    authUrl: 'https://east:5000/v3',
    wwwAuthenticateUri: 'https://public/v3',
    credentials: { credential: { name: 'ac', user: { name: 'u', domain: { id: 'd1' } } } },
  });
});

it.each([
  [
    'a Keystone beside static tokens',
    `${KEYSTONE}  static_tokens: [{ token: t, user_id: u, project_id: p, roles: [x] }]\n`,
    'parallax.yaml:7: identity.keystone: expected static tokens or keystone, not both',
  ],
  [
    'the old API',
    KEYSTONE.replace(':5000/', ':5000/v2.0'),
    'parallax.yaml:8: identity.keystone.auth_url: expected the Identity API v3; v2.0 is gone since 2018',
  ],
  [
    'a URL with a password',
    KEYSTONE.replace('keystone:5000/', 'u:hunter22@keystone:5000/'),
    'parallax.yaml:8: identity.keystone.auth_url: expected a URL without user, query and fragment',
  ],
  [
    'credentials without a secret',
    KEYSTONE.replace('password: pw, ', ''),
    'parallax.yaml:9: identity.keystone.credentials.password: expected one of password and password_file: its password',
  ],
  [
    'credentials of both forms',
    KEYSTONE.replace(
      'username: parallax',
      'application_credential_id: a, application_credential_secret: s',
    ).replace('project_name: service', 'project_id: p'),
    'parallax.yaml:9: identity.keystone.credentials.password: not used with an application credential',
  ],
  [
    'a file that is not there',
    KEYSTONE.replace('password: pw', 'password_file: absent'),
    /^parallax\.yaml:9: identity\.keystone\.credentials\.password_file: cannot be read: ENOENT/,
  ],
  [
    'a region nobody knows',
    `${KEYSTONE}    regions: { wset: {} }\nother_regions: [west]\n`,
    'parallax.yaml:10: identity.keystone.regions.wset: unknown region: expected one of east, west; did you mean west?',
  ],
  [
    'an age beyond a minute',
    `${KEYSTONE}    cache_seconds: 300\n`,
    'parallax.yaml:10: identity.keystone.cache_seconds: expected a whole number from 0 to 60; got a number that is not',
  ],
])('refuses %s', (_, text, line) => {
  const [first] = refusal(BASE + STORE + text);
  if (typeof line === 'string') expect(first).toBe(line);
  else expect(first).toMatch(line);
  expect(first).not.toMatch(/hunter22/);
});
