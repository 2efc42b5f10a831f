import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import { KILL_POINTS, type KillPoint } from '@parallax/core';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSound } from '../support/expect-sound.ts';
import { flipByte } from '../support/flip-byte.ts';
import { GlanceHttp, sha512, testBytes } from '../support/glance-http.ts';
import { Stack, type StartedNode } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const SIZE = 20 * 1024 * 1024 + 123;
const REGIONS = 3;
const everywhere = [{ id: 'everywhere', targets: [{ regions: ['*'], copies: 1 }] }];
const redisUrl = process.env['PARALLAX_TEST_REDIS_URL'];

let database: TestDatabase;
let stack: Stack;
let sql: Sql;
let gateway: StartedNode;
let worker: StartedNode;
const bytes = testBytes(SIZE);
const digest = sha512(bytes);

/** Points that a gateway passes, and those of a worker; publish and file are passed by both. */
const byGateway = KILL_POINTS.filter((point) =>
  /^(upload|publish|file|delete|import)\./.test(point),
);
// No cluster of file stores copies by itself: test/kinds passes `copy.inside`.
const byWorker = KILL_POINTS.filter((point) => /^(copy\.(?!inside)|publish\.|file\.)/.test(point));
const bySweep = KILL_POINTS.filter((point) => /^(remove|sweep)\./.test(point));

const http = (node: StartedNode): GlanceHttp => new GlanceHttp(node.url, stack.admin);

async function restartGateway(kill?: KillPoint): Promise<void> {
  await gateway?.process.kill();
  gateway = await stack.ready(await stack.startGateway(killing(kill)));
}

async function restartWorker(kill?: KillPoint): Promise<void> {
  await worker?.process.kill();
  worker = await stack.startWorker(killing(kill));
  if (kill === undefined) await stack.ready(worker);
}

function killing(point: KillPoint | undefined): {
  readonly env?: Readonly<Record<string, string>>;
} {
  return point === undefined ? {} : { env: { PARALLAX_KILL: `${point}:1` } };
}

async function copiesOf(id: string): Promise<number> {
  const rows = await sql`SELECT 1 FROM location WHERE image_id = ${id} AND state = 'active'`;
  return rows.length;
}

async function expectCopies(id: string): Promise<void> {
  await waitUntil('a copy in every region', async () => (await copiesOf(id)) >= REGIONS, 45_000);
  const { status, bytes: read } = await http(gateway).download(id);
  expect([status, sha512(read)]).toEqual([200, digest]);
}

/** Verifying reads every byte of every image: what has been judged need not be read again. */
async function discard(id: string): Promise<void> {
  expect(await http(gateway).delete(id)).toBe(204);
}

beforeAll(async () => {
  database = await createTestDatabase();
  stack = await Stack.create({ databaseUrl: database.url, redisUrl, policies: everywhere });
  sql = postgres(database.url, { max: 2 });
  await restartWorker();
  await restartGateway();
});

afterAll(async () => {
  await stack?.stop();
  await sql?.end();
  await database?.drop();
});

describe('kill -9 of the gateway', () => {
  it.each(byGateway)(
    'at %s loses nothing that was acknowledged and leaves nothing behind',
    async (point) => {
      const image = await http(gateway).create();
      const uploads = /^(upload|publish|file)\./.test(point);
      if (!uploads) expect(await http(gateway).upload(image.id, bytes)).toBe(204);
      await restartGateway(point);
      const action = uploads
        ? http(gateway).upload(image.id, bytes)
        : point.startsWith('delete')
          ? http(gateway).delete(image.id)
          : http(gateway).json('POST', `/v2/images/${image.id}/import`, {
              method: { name: 'copy-image' },
              stores: ['east-2'],
            });
      const answer = await action.catch(() => 'cut' as const);
      expect(answer).toBe('cut');
      expect((await gateway.process.exited).signal).toBe('SIGKILL');
      await restartGateway();
      await expectSound({ databaseUrl: database.url, stores: stack.stores });
      const after = await http(gateway).show(image.id);
      if (point.startsWith('delete')) {
        expect(after === undefined || after.status === 'active').toBe(true);
        if (after !== undefined) await discard(image.id);
        return;
      }
      expect(['queued', 'active']).toContain(after?.status);
      if (after?.status === 'queued') expect(await http(gateway).upload(image.id, bytes)).toBe(204);
      await expectCopies(image.id);
      await discard(image.id);
    },
  );
});

describe('kill -9 of the worker', () => {
  it.each(byWorker)('at %s resumes or restarts the copy', async (point) => {
    await restartWorker(point);
    const image = await http(gateway).create();
    expect(await http(gateway).upload(image.id, bytes)).toBe(204);
    expect((await worker.process.exited).signal).toBe('SIGKILL');
    await restartWorker();
    await expectCopies(image.id);
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
    await discard(image.id);
  });

  it.each(bySweep)('at %s removes what was deleted all the same', async (point) => {
    await restartWorker();
    const image = await http(gateway).create();
    const abandoned = await http(gateway).create();
    expect(await http(gateway).upload(image.id, bytes)).toBe(204);
    await expectCopies(image.id);
    await restartWorker(point);
    await restartGateway('upload.half');
    await http(gateway)
      .upload(abandoned.id, bytes)
      .catch(() => 'cut');
    await restartGateway();
    expect(await http(gateway).delete(image.id)).toBe(204);
    expect((await worker.process.exited).signal).toBe('SIGKILL');
    await restartWorker();
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
    expect(await copiesOf(image.id)).toBe(0);
    expect(await http(gateway).show(image.id)).toBeUndefined();
  });

  it.each(['verify.claimed', 'verify.read'] as const)(
    'at %s heals a flipped byte all the same',
    async (point) => {
      await restartWorker();
      const image = await http(gateway).create();
      expect(await http(gateway).upload(image.id, bytes)).toBe(204);
      await expectCopies(image.id);
      await restartWorker(point);
      await flipByte({ sql, stack, imageId: image.id, storeId: 'east-1', at: 3_000_000 });
      // The only node with the other copies may die in the middle of this download: then it breaks off, and never ends wrong.
      const first = await http(gateway)
        .download(image.id)
        .catch(() => undefined);
      if (first !== undefined) expect([first.status, sha512(first.bytes)]).toEqual([200, digest]);
      expect((await worker.process.exited).signal).toBe('SIGKILL');
      await restartWorker();
      await waitUntil(
        'the bad copy to be replaced',
        async () => {
          const rows = await sql`
        SELECT 1 FROM location WHERE image_id = ${image.id} AND store_id = 'east-1' AND state = 'active' AND proof = 'read'`;
          return rows.length === 1;
        },
        30_000,
      );
      await expectSound({ databaseUrl: database.url, stores: stack.stores });
      await discard(image.id);
    },
  );
});
