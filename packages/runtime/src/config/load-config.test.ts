import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_IMAGE_LIMITS, DEFAULT_RETENTION, DEFAULT_TIMERS } from '@parallax/core';
import { expect, it } from 'vitest';
import { storesToOpen } from './config.ts';
import { BASE, folder, load, refusal, STORE } from './load-config.fixture.ts';

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
