import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound } from '../support/expect-sound.ts';
import { GlanceHttp, sha512, testBytes } from '../support/glance-http.ts';
import { Load } from '../support/load.ts';
import { TestProcess } from '../support/process.ts';
import { freePort, type NodeOptions, Stack, type StartedNode } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const EAST_UID = 20_001;
const WEST_UID = 20_002;
const everywhere = [{ id: 'everywhere', targets: [{ regions: ['*'], copies: 1 }] }];
const haproxyCfg = fileURLToPath(new URL('../../infra/haproxy/haproxy.cfg', import.meta.url));

const missing = [
  process.getuid?.() === 0 ? undefined : 'root (each region runs under its own uid)',
  existsSync('/usr/sbin/haproxy') ? undefined : 'haproxy',
  existsSync('/usr/bin/redis-server') ? undefined : 'redis-server',
].filter((what) => what !== undefined);
if (missing.length > 0 && process.env['PARALLAX_TEST'] === 'all') {
  throw new Error(`the HA test needs ${missing.join(', ')}`);
}

describe.skipIf(missing.length > 0)(
  `three gateways, two workers, HAProxy, Redis ${missing}`,
  () => {
    let database: TestDatabase;
    let stack: Stack;
    let sql: Sql;
    let redis: TestProcess;
    let redisPort: number;
    let haproxy: TestProcess;
    let url: string;
    let gateways: StartedNode[] = [];
    let workers: StartedNode[] = [];
    const load = (): Load => new Load(new GlanceHttp(url, stack.admin));

    const gatewayOptions: readonly NodeOptions[] = [
      { region: 'east', uid: EAST_UID },
      { region: 'east', uid: EAST_UID },
      { region: 'west', uid: WEST_UID },
    ];
    const workerOptions: readonly NodeOptions[] = [
      { regions: ['east'], uid: EAST_UID },
      { regions: ['west', 'north'], uid: WEST_UID },
    ];

    function startRedis(): TestProcess {
      return new TestProcess({
        command: '/usr/bin/redis-server',
        args: [
          '--port',
          String(redisPort),
          '--bind',
          '127.0.0.1',
          '--save',
          '',
          '--appendonly',
          'no',
          '--maxmemory-policy',
          'noeviction',
          '--dir',
          stack.dir,
        ],
        log: join(stack.dir, 'redis.log'),
      });
    }

    beforeAll(async () => {
      database = await createTestDatabase();
      redisPort = await freePort();
      stack = await Stack.create({
        databaseUrl: database.url,
        redisUrl: `redis://127.0.0.1:${redisPort}`,
        policies: everywhere,
      });
      sql = postgres(database.url, { max: 2 });
      chmodSync(stack.dir, 0o755);
      for (const { region, path } of stack.stores) {
        mkdirSync(path);
        const uid = region === 'east' ? EAST_UID : WEST_UID;
        chownSync(path, uid, uid);
        chmodSync(path, 0o700);
      }
      redis = startRedis();
      workers = await Promise.all(workerOptions.map((o) => stack.startWorker(o)));
      gateways = await Promise.all(gatewayOptions.map((o) => stack.startGateway(o)));
      await Promise.all([...workers, ...gateways].map((node) => stack.ready(node)));
      await waitUntil('all gateways to know that the stores are up', async () => {
        const known = await Promise.all(gateways.map(({ url: base }) => upStores(base)));
        return known.every((count) => count === stack.stores.length);
      });
      haproxy = await startHaproxy();
    }, 60_000);

    afterAll(async () => {
      await haproxy?.kill();
      await stack?.stop();
      await redis?.kill();
      await sql?.end();
      await database?.drop();
    });

    async function upStores(base: string): Promise<number> {
      const { body } = await new GlanceHttp(base, stack.admin).json('GET', '/federation/v1/stores');
      return JSON.stringify(body).split('"state":"up"').length - 1;
    }

    async function startHaproxy(): Promise<TestProcess> {
      const [bind, stats] = [await freePort(), await freePort()];
      url = `http://127.0.0.1:${bind}`;
      const env = Object.fromEntries(
        gateways.map((node, i) => [`GW${i + 1}`, node.url.replace('http://', '')]),
      );
      const child = new TestProcess({
        command: '/usr/sbin/haproxy',
        args: ['-db', '-f', haproxyCfg],
        env: { ...env, LB_BIND: `127.0.0.1:${bind}`, LB_STATS: `127.0.0.1:${stats}` },
        log: join(stack.dir, 'haproxy.log'),
      });
      await waitUntil('all gateways to be up in HAProxy', async () => {
        const csv = await (await fetch(`http://127.0.0.1:${stats}/;csv`)).text();
        return (
          csv.split('\n').filter((line) => /^gateways,gw\d/.test(line) && line.includes(',UP,'))
            .length === 3
        );
      });
      return child;
    }

    /** A node in the place of one that ended, on the same address. */
    async function restart(list: StartedNode[], i: number): Promise<void> {
      const old = list[i];
      if (old === undefined) throw new Error(`no node ${i}`);
      list[i] = await stack.ready(stack.restart(old));
    }

    async function copiesEverywhere(ids: readonly string[]): Promise<void> {
      for (const id of ids) {
        await waitUntil(
          `copies of ${id} in all regions`,
          async () => {
            const rows =
              await sql`SELECT DISTINCT s.region FROM location l JOIN store s ON s.id = l.store_id
          WHERE l.image_id = ${id} AND l.state = 'active'`;
            return rows.length === 3;
          },
          60_000,
        );
      }
    }

    it('lets no process open the folder of another region', () => {
      const folder = stack.storePath('east-1');
      const tried = spawnSync('/bin/ls', [folder], { uid: WEST_UID, gid: WEST_UID });
      expect(tried.status).not.toBe(0);
      expect(execFileSync('/bin/ls', [folder], { uid: EAST_UID, gid: EAST_UID }).toString()).toBe(
        '',
      );
    });

    it('gives through every gateway what was uploaded through one', async () => {
      const bytes = testBytes(9 * 1024 * 1024 + 1);
      const balanced = new GlanceHttp(url, stack.admin);
      const image = await balanced.create();
      expect(await balanced.upload(image.id, bytes)).toBe(204);
      for (const gateway of gateways) {
        const { status, bytes: read } = await new GlanceHttp(gateway.url, stack.admin).download(
          image.id,
        );
        expect([status, sha512(read)]).toEqual([200, sha512(bytes)]);
      }
      await copiesEverywhere([image.id]);
    });

    it.each([0, 1, 2])(
      'survives kill -9 of gateway %i under load, losing its own requests only',
      async (i) => {
        const running = load();
        running.start(6);
        await waitUntil('load', async () => running.done >= 12);
        await gateways[i]?.process.kill('SIGKILL');
        const before = running.done;
        await waitUntil('load to go on', async () => running.done >= before + 12);
        await running.stop();
        expect(running.failures.length, running.failures.join('\n')).toBeLessThanOrEqual(6);
        expect(running.wrong).toEqual([]);
        await restart(gateways, i);
        await copiesEverywhere(running.kept);
      },
    );

    it.each([0, 1])(
      'survives kill -9 of worker %i under load without a failed request',
      async (i) => {
        const running = load();
        running.start(4);
        await waitUntil('load', async () => running.done >= 8);
        await workers[i]?.process.kill('SIGKILL');
        const before = running.done;
        await waitUntil('load to go on', async () => running.done >= before + 8);
        await restart(workers, i);
        await running.stop();
        expect([running.failures, running.wrong]).toEqual([[], []]);
        await copiesEverywhere(running.kept);
      },
    );

    it('fails no request while a gateway drains', async () => {
      const running = load();
      running.start(6);
      await waitUntil('load', async () => running.done >= 12);
      gateways[0]?.process.signal('SIGTERM');
      await gateways[0]?.process.exited;
      const before = running.done;
      await waitUntil('load to go on', async () => running.done >= before + 12);
      await running.stop();
      expect([running.failures, running.wrong]).toEqual([[], []]);
      await restart(gateways, 0);
    });

    it('copies everything when Redis is flushed, killed and comes back empty', async () => {
      const running = load();
      running.start(4);
      await waitUntil('load', async () => running.done >= 8);
      execFileSync('/usr/bin/redis-cli', ['-p', String(redisPort), 'FLUSHALL']);
      await redis.kill('SIGKILL');
      const before = running.done;
      await waitUntil('load to go on without Redis', async () => running.done >= before + 8);
      redis = startRedis();
      await running.stop();
      expect([running.failures, running.wrong]).toEqual([[], []]);
      await copiesEverywhere(running.kept);
    });

    it('leaves nothing behind after all that', async () => {
      await expectSound({ databaseUrl: database.url, stores: stack.stores });
    });
  },
);
