import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import { labService } from '@parallax/stores/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueToken, keystoneUrl } from '../load/glance.mjs';
import { dropAll } from '../support/all-kinds.ts';
import { Client, storesOf } from '../support/client.ts';
import { testBytes } from '../support/glance-http.ts';
import { type KeystoneUser, makeUser } from '../support/keystone-user.ts';
import { glanceStore, type LabStore, labRuns, swiftStore } from '../support/lab-stores.ts';
import { TestProcess } from '../support/process.ts';
import { freePort, Stack, type StartedNode } from '../support/stack.ts';
import { untilStoresUp } from '../support/stores-up.ts';
import { waitUntil } from '../support/wait-until.ts';

const runs = labRuns && labService('swift-keystone') !== undefined;
const COPY_MS = 60_000;
const canary = (): string => `canary-${randomBytes(12).toString('hex')}`;
const bytes = testBytes(9 * 1024 * 1024);

/** Every way in which a secret is likely to be written down. */
const spellings = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
];

describe.skipIf(!runs)('credentials planted everywhere (npm run lab)', () => {
  const secrets = { database: canary(), redis: canary(), internal: canary(), refused: canary() };
  const users: KeystoneUser[] = [];
  /** What clients were answered, heads included. */
  const answers: string[] = [];
  let database: TestDatabase;
  let stack: Stack;
  let redis: TestProcess;
  let redisDir: string;
  let nodes: readonly StartedNode[] = [];
  let onServices: readonly LabStore[] = [];
  let token: string;
  let kept: string;

  beforeAll(async () => {
    token = await issueToken();
    for (const [project, role] of [
      ['swift-store', 'member'],
      ['admin', 'admin'],
      ['service', 'admin'],
    ] as const) {
      users.push(await makeUser(project, role));
    }
    const [swiftUser, glanceUser, validator] = users;
    if (!swiftUser || !glanceUser || !validator) throw new Error('three users were made');
    onServices = [swiftOf('swift', swiftUser.name, swiftUser.password), glanceOf(glanceUser)];
    await dropAll(onServices);
    database = await createTestDatabase();
    const redisPort = await freePort();
    stack = await Stack.create({
      databaseUrl: await withOwnRole(database.url, secrets.database),
      redisUrl: `redis://:${secrets.redis}@127.0.0.1:${redisPort}`,
      stores: [
        { id: 'file-a', region: 'east', more: { default: true } },
        { id: 'file-b', region: 'west' },
        ...onServices,
        swiftOf('refused', swiftUser.name, secrets.refused),
      ],
      config: {
        internal: { key: secrets.internal },
        log: { level: 'debug' },
        identity: {
          keystone: {
            auth_url: keystoneUrl,
            credentials: {
              username: validator.name,
              password: validator.password,
              project_name: validator.project,
            },
          },
        },
      },
    });
    redisDir = join(stack.dir, 'redis');
    await mkdir(redisDir);
    redis = startRedis(redisPort, secrets.redis, stack.dir, redisDir);
    nodes = await Promise.all([stack.startWorker(), stack.startGateway()]);
    for (const node of nodes) await stack.ready(node);
    await untilStoresUp(
      admin(),
      stack.storeIds.filter((id) => id !== 'refused'),
    );
    await waitUntil('the store with a wrong password to be down', async () => {
      const stores = (await admin().get('/federation/v1/stores')).list('stores');
      return stores.some(({ id, state }) => id === 'refused' && state === 'down');
    });
    kept = await live();
  });
  afterAll(async () => {
    await stack?.stop();
    await redis?.kill();
    await database?.drop();
    await dropAll(onServices);
    for (const user of users) await user.remove();
  });

  const admin = (): Client => new Client(nodes[1]?.url ?? '', token);

  async function ask(method: string, path: string, json?: unknown, as = token): Promise<void> {
    const client = new Client(nodes[1]?.url ?? '', as);
    const answer = await client.ask(method, path, json === undefined ? {} : { json });
    answers.push(`${answer.status} ${JSON.stringify(answer.headers)} ${answer.text}`);
  }

  /** A life on every kind, with everything that goes wrong on the way. */
  async function live(): Promise<string> {
    const ids: string[] = [];
    for (const store of ['file-a', 'swift']) {
      ids.push(await admin().uploaded(bytes, { headers: { 'x-image-meta-store': store } }));
    }
    const [first = '', second = ''] = ids;
    for (const store of ['swift', 'glance-one', 'file-b', 'refused', 'nowhere']) {
      await ask('POST', '/federation/v1/transfers', { image: first, store });
    }
    const wanted = ['file-a', 'file-b', 'glance-one', 'swift'];
    await waitUntil('the copies', () => isIn(first, wanted), COPY_MS);
    await ask('PUT', `/v2/images/${first}/file`, {});
    await ask('GET', `/v2/images/${first}`, undefined, `${token}x`);
    for (const path of PATHS) await ask('GET', path.replace('ID', first));
    expect((await admin().download(first)).bytes.equals(bytes)).toBe(true);
    await ask('DELETE', `/v2/images/${second}`);
    // What is told of a queue that went away, with its address and password in the driver's hands.
    await redis.kill();
    await ask('POST', '/federation/v1/transfers', { image: first, store: 'refused' });
    await waitUntil('the logs to tell of it', async () => {
      const logs = await Promise.all(nodes.map(({ process: { log } }) => readFile(log, 'utf8')));
      return logs.some((text) => /ECONNREFUSED|redis/i.test(text));
    });
    return first;
  }

  const isIn = async (id: string, stores: readonly string[]): Promise<boolean> => {
    const there = storesOf(await admin().shown(id));
    return stores.every((store) => there.includes(store));
  };

  it.each(['rows', 'logs', 'metrics', 'answers', 'queue'] as const)(
    'are in none of the %s',
    async (where) => {
      const text = await READERS[where]();
      // Else nothing was looked at.
      expect(text).toContain(CONTROL[where] ?? kept);
      const all = [
        ...Object.values(secrets),
        ...users.map(({ password }) => password),
        token,
        stack.admin,
      ];
      const found = all.filter((secret) => spellings(secret).some((each) => text.includes(each)));
      expect(found).toEqual([]);
    },
  );

  const CONTROL: Readonly<Record<string, string>> = { metrics: 'parallax_', queue: 'transfer' };

  const READERS = {
    rows: async () => {
      const sql = postgres(database.url, { max: 1 });
      const tables = await sql<
        { name: string }[]
      >`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;
      const rows: string[] = [];
      for (const { name } of tables) {
        const found = await sql.unsafe(`SELECT t::text AS row FROM ${name} t`);
        rows.push(...found.map(({ row }) => String(row)));
      }
      await sql.end();
      return rows.join('\n');
    },
    logs: async () => {
      const files = (await readdir(stack.dir)).filter((name) => name.endsWith('.log'));
      const texts = await Promise.all(files.map((name) => readFile(join(stack.dir, name), 'utf8')));
      return texts.join('\n');
    },
    metrics: async () => {
      const pages = await Promise.all(
        nodes.map(async ({ adminUrl }) => {
          const client = new Client(adminUrl);
          return (await client.get('/metrics')).text + (await client.get('/healthcheck')).text;
        }),
      );
      return pages.join('\n');
    },
    answers: async () => answers.join('\n'),
    /** Everything that was ever written to it. */
    queue: async () => {
      const folder = join(redisDir, 'appendonlydir');
      const files = await readdir(folder);
      const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')));
      return texts.join('\n');
    },
  };
});

const PATHS = [
  '/federation/v1/stores',
  '/federation/v1/status',
  '/federation/v1/transfers',
  '/federation/v1/images/ID/availability',
  '/v2/info/stores',
  '/v2/info/stores/detail',
  '/v2/images',
  '/v2/images/ID',
  '/v2/images/ID/locations',
  '/v2/images/ID/tasks',
  '/v2/images/nope',
  '/v2/images?limit=nope',
];

function swiftOf(id: string, username: string, password: string): LabStore {
  const lab = labService('swift-keystone') ?? {};
  const { container } = swiftStore({ id, region: 'west' }).place.at;
  const project = String(lab['SWIFT_PROJECT']);
  const region = String(lab['SWIFT_REGION']);
  return {
    id,
    region: 'west',
    kind: 'swift',
    more: {
      auth_url: keystoneUrl,
      credentials: { username, password, project_name: project },
      region_name: region,
      container,
    },
    place: {
      kind: 'swift',
      at: {
        auth_url: keystoneUrl,
        user: username,
        key: password,
        project,
        region,
        container: String(container),
      },
    },
  };
}

function glanceOf({ name, password, project }: KeystoneUser): LabStore {
  const store = glanceStore({ id: 'glance-one', region: 'north' });
  const at = { ...store.place.at, username: name, password, project_name: project };
  return { ...store, more: at, place: { kind: 'glance', at } };
}

/** The same database by a user whose password nobody else has. */
async function withOwnRole(databaseUrl: string, password: string): Promise<string> {
  const url = new URL(databaseUrl);
  const role = url.pathname.slice(1);
  const sql = postgres(databaseUrl, { max: 1 });
  await sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  await sql.unsafe(`ALTER DATABASE ${role} OWNER TO ${role}`);
  await sql.end();
  url.username = role;
  url.password = password;
  return url.href;
}

function startRedis(port: number, password: string, logs: string, dir: string): TestProcess {
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--requirepass', password];
  const keeps = [
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--maxmemory-policy',
    'noeviction',
  ];
  return new TestProcess({
    command: '/usr/bin/redis-server',
    args: [...options, ...keeps],
    log: join(logs, 'redis-server.txt'),
  });
}
