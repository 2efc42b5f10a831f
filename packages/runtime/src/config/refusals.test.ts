import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BASE, folder, load, refusal, STORE } from './load-config.fixture.ts';
import { loadConfig } from './load-config.ts';

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
