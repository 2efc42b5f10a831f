import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../support/client.ts';
import { expectSound } from '../support/expect-sound.ts';
import { flipByte } from '../support/flip-byte.ts';
import { GlanceHttp, sha512, testBytes } from '../support/glance-http.ts';
import { Stack, type StartedNode } from '../support/stack.ts';
import { untilStoresUp } from '../support/stores-up.ts';
import { waitUntil } from '../support/wait-until.ts';

const SIZE = 20 * 1024 * 1024 + 123;
const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;

let database: TestDatabase;
let stack: Stack;
let sql: Sql;
let gateway: StartedNode;
let tiny: string;
let http: GlanceHttp;
const bytes = testBytes(SIZE);
const digest = sha512(bytes);

beforeAll(async () => {
  database = await createTestDatabase();
  tiny = await mkdtemp(join(tmpdir(), 'parallax-tiny-'));
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', tiny]);
  stack = await Stack.create({
    databaseUrl: database.url,
    stores: [
      { id: 'east-1', region: 'east', more: { default: true } },
      { id: 'east-2', region: 'east' },
      { id: 'tiny', region: 'east', path: join(tiny, 'store') },
      { id: 'west-1', region: 'west' },
    ],
    policies: [{ id: 'west', targets: [{ regions: ['west'], copies: 1 }] }],
  });
  sql = postgres(database.url, { max: 2 });
  await stack.ready(await stack.startWorker());
  gateway = await stack.ready(await stack.startGateway());
  http = new GlanceHttp(gateway.url, stack.admin);
  await untilStoresUp(new Client(gateway.url, stack.admin), stack.storeIds);
});

afterAll(async () => {
  await stack?.stop();
  await sql?.end();
  await database?.drop();
  if (isRoot) execFileSync('umount', [tiny]);
  await rm(tiny, { recursive: true, force: true });
});

async function uploaded(): Promise<string> {
  const { id } = await http.create();
  expect(await http.upload(id, bytes)).toBe(204);
  await waitUntil('the copy in west', async () =>
    (await http.show(id))?.stores?.includes('west-1'),
  );
  return id;
}

async function expectRead(
  id: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { status, bytes: read } = await http.download(id, headers);
  expect([status, sha512(read)]).toEqual([200, digest]);
}

/** Sends raw bytes and cuts the connection. */
async function sendAndCut(head: string, body: Buffer): Promise<void> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(head);
    socket.write(body, () => resolve());
  });
  socket.destroy();
}

describe('a client that goes away', () => {
  it.each([
    ['before the first byte', 0],
    ['in the first leaf', 1000],
    ['in mid-upload', 9 * MIB],
  ])('%s leaves the image queued and no object', async (_, sent) => {
    const { id } = await http.create();
    await sendAndCut(
      `PUT /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${stack.admin}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${SIZE}\r\n\r\n`,
      bytes.subarray(0, sent),
    );
    await waitUntil('the upload to have begun and to be undone', async () => {
      const undone = await sql`
        SELECT 1 FROM image i WHERE i.id = ${id} AND fence > 0 AND status = 'queued'
          AND NOT EXISTS (SELECT FROM intent n WHERE n.image_id = i.id)`;
      return undone.length === 1;
    });
    expect(await http.upload(id, bytes)).toBe(204);
    await expectRead(id);
  });

  it('who sends broken chunks is refused and leaves nothing', async () => {
    const { id } = await http.create();
    await sendAndCut(
      `PUT /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${stack.admin}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n`,
      Buffer.alloc(0),
    );
    await waitUntil(
      'the image to be queued again',
      async () => (await http.show(id))?.status === 'queued',
    );
  });

  it('who stops reading in mid-download harms nobody', async () => {
    const id = await uploaded();
    await sendAndCut(
      `GET /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${stack.admin}\r\n\r\n`,
      Buffer.alloc(0),
    );
    await expectRead(id);
  });
});

describe('two uploads of one image at once', () => {
  it('give one winner, and its bytes', async () => {
    const { id } = await http.create();
    const answers = await Promise.all([
      http.upload(id, bytes),
      http.upload(id, bytes).catch(() => 409),
    ]);
    expect([...answers].sort()).toEqual([204, 409]);
    await expectRead(id);
  });

  it('a delete during an upload wins, and nothing is left', async () => {
    const { id } = await http.create();
    const upload = http.upload(id, bytes).catch(() => 410);
    await waitUntil(
      'the upload to begin',
      async () => (await http.show(id))?.status === 'saving' || true,
    );
    expect(await http.delete(id)).toBe(204);
    expect([204, 409, 410, 404]).toContain(await upload);
    expect(await http.show(id)).toBeUndefined();
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });
});

describe.skipIf(!isRoot)('a full store', () => {
  it('refuses with 413, keeps the image queued, and takes a smaller image', async () => {
    const { id } = await http.create();
    expect(await http.upload(id, bytes, { 'x-image-meta-store': 'tiny' })).toBe(413);
    expect((await http.show(id))?.status).toBe('queued');
    await waitUntil(
      'the space to be free again',
      async () =>
        (await readdir(join(tiny, 'store'), { recursive: true })).filter((name) =>
          name.includes(id),
        ).length === 0,
    );
    expect(await http.upload(id, bytes.subarray(0, MIB), { 'x-image-meta-store': 'tiny' })).toBe(
      204,
    );
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });

  it('fails a copy with the reason no_space and leaves nothing there', async () => {
    const id = await uploaded();
    const { status, body } = await http.json('POST', '/federation/v1/transfers', {
      image: id,
      store: 'tiny',
    });
    expect(status).toBeLessThan(300);
    await waitUntil('the transfer to fail', async () => {
      const [row] =
        await sql`SELECT state, reason FROM transfer WHERE image_id = ${id} AND store_id = 'tiny'`;
      return row?.['state'] === 'failed' && row['reason'] === 'no_space';
    });
    expect(body).toBeTypeOf('object');
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });
});

describe('one flipped byte', () => {
  it('is never served, is found by the read and healed from the other copy', async () => {
    const id = await uploaded();
    await flipByte({ sql, stack, imageId: id, storeId: 'east-1', at: 5 * MIB });
    await expectRead(id);
    await waitUntil('a good copy in east again', async () => {
      const rows =
        await sql`SELECT 1 FROM location WHERE image_id = ${id} AND store_id = 'east-1' AND state = 'active' AND proof = 'read'`;
      return rows.length === 1;
    });
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });

  it('in every copy destroys the connection instead of ending it', async () => {
    const id = await uploaded();
    await flipByte({ sql, stack, imageId: id, storeId: 'east-1', at: 5 * MIB });
    await flipByte({ sql, stack, imageId: id, storeId: 'west-1', at: 5 * MIB });
    await expect(http.download(id)).rejects.toThrow();
    const good = await http.download(id, { range: 'bytes=0-99' });
    expect([good.status, good.bytes.equals(bytes.subarray(0, 100))]).toEqual([206, true]);
    expect(await http.delete(id)).toBe(204);
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });
});

describe('an object that somebody removed', () => {
  it('is read around and put back from the other copy', async () => {
    const id = await uploaded();
    const [row] = await sql<{ key: string }[]>`
      SELECT key FROM location WHERE image_id = ${id} AND store_id = 'east-1'`;
    await rm(join(stack.storePath('east-1'), row?.key ?? 'none'));
    await expectRead(id);
    await waitUntil('a good copy in east again', async () => {
      const rows = await sql`
        SELECT 1 FROM location WHERE image_id = ${id} AND store_id = 'east-1' AND state = 'active' AND proof = 'read'`;
      return rows.length === 1;
    });
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });
});

describe('a store that is not there', () => {
  it('is read around, keeps its copies when it comes back, and takes new uploads elsewhere meanwhile', async () => {
    const id = await uploaded();
    const root = stack.storePath('east-1');
    await rename(root, `${root}.away`);
    await expectRead(id);
    await waitUntil('the store to be down', async () => (await storeState('east-1')) === 'down');
    const other = await http.create();
    // Until the gateway has heard of it, an upload may be told to come again.
    await waitUntil('an upload to be taken', async () => {
      const status = await http.upload(other.id, bytes);
      expect([204, 503]).toContain(status);
      return status === 204;
    });
    expect((await http.show(other.id))?.stores).not.toContain('east-1');
    await rename(`${root}.away`, root);
    await waitUntil('the store to be up again', async () => (await storeState('east-1')) === 'up');
    await expectRead(id, { 'x-parallax-region': 'east' });
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });

  it('and comes back empty stays down until it is accepted, then is filled again', async () => {
    const id = await uploaded();
    const root = stack.storePath('west-1');
    await rm(root, { recursive: true });
    await mkdir(root);
    await expectRead(id, { 'x-parallax-region': 'west' });
    await waitUntil('the store to be down', async () => (await storeState('west-1')) === 'down');
    expect(
      (await http.json('POST', '/federation/v1/stores/west-1:accept-empty')).status,
    ).toBeLessThan(300);
    await waitUntil('the store to be up', async () => (await storeState('west-1')) === 'up');
    await waitUntil('the policy to refill it', async () => {
      const rows =
        await sql`SELECT 1 FROM location WHERE image_id = ${id} AND store_id = 'west-1' AND state = 'active'`;
      return rows.length === 1;
    });
    await waitUntil('no transfer to be live', async () => {
      const rows = await sql`SELECT 1 FROM transfer WHERE finished_at IS NULL`;
      return rows.length === 0;
    });
    await expectSound({ databaseUrl: database.url, stores: stack.stores });
  });
});

async function storeState(id: string): Promise<unknown> {
  const [row] = await sql`SELECT state FROM store WHERE id = ${id}`;
  return row?.['state'];
}
