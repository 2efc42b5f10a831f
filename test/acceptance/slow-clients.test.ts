import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { waitUntil } from '../support/wait-until.ts';
import { expectQueued } from './expectations.ts';

const at = useDeployment();
let url: string;
let member: Client;
let admin: Client;
beforeAll(async () => {
  const config = {
    max_uploads: 2,
    max_downloads: 1,
    limits: { uploads_per_project: 1, headers_ms: 500 },
    timers: { lease_ms: 2000, stall_ms: 3000 },
  };
  ({ url } = await at.stack.ready(await at.stack.startGateway({ config })));
  member = at.client(at.stack.member, url);
  admin = at.client(at.stack.admin, url);
});

function uploadHead(id: string): string {
  return `PUT /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n`;
}

describe('a connection is closed', () => {
  it.each([
    ['that says nothing', ''],
    ['whose head does not end', 'GET /versions HTTP/1.1\r\nHost: x\r\n'],
    ['whose request line does not end', 'GET /vers'],
  ])('%s', async (_, text) => {
    const exchange = await RawExchange.open(url);
    if (text !== '') exchange.send(text);
    await exchange.until('end of the connection', () => false);
    expect([[], [408]]).toContainEqual([...exchange.statuses]);
  });

  it('whose head comes byte by byte', async () => {
    const exchange = await RawExchange.open(url);
    exchange.send('GET /versions HTTP/1.1\r\nX-Slow: ');
    const drip = setInterval(() => exchange.send('x'), 50);
    try {
      await exchange.until('end of the connection', () => false);
    } finally {
      clearInterval(drip);
    }
    expect([[], [408]]).toContainEqual([...exchange.statuses]);
  });
});

describe('an upload that comes byte by byte', () => {
  it('keeps no other project from uploading, and loses its slot', async () => {
    const [slow, next] = [await member.created(), await member.created()];
    const exchange = await RawExchange.open(url);
    exchange.send(uploadHead(slow.id));
    await exchange.until('continue', () => exchange.statuses.length > 0);
    const drip = setInterval(() => exchange.send('x'), 50);
    try {
      const refused = await member.upload(next.id, Buffer.from('abc'));
      expect(refused.status).toBe(503);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      await expectQueued(member, next.id);
      await admin.uploaded(Buffer.from('of another project'));
      expect((await member.get('/v2/images?limit=1')).status).toBe(200);
      await exchange.until('end of the connection', () => false);
    } finally {
      clearInterval(drip);
    }
    await expectQueued(member, slow.id);
    expect((await member.upload(next.id, Buffer.from('abc'))).status).toBe(204);
  });
});

it('a reader that reads no more loses its slot', async () => {
  const bytes = testBytes(40 * 1024 * 1024);
  const id = await member.uploaded(bytes);
  const exchange = await RawExchange.open(url);
  exchange.send(
    `GET /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\n\r\n`,
  );
  await exchange.until('first bytes', () => exchange.size > 1000);
  exchange.pause();
  expect((await member.download(id)).status).toBe(503);
  await waitUntil('the slot to be free', async () => (await member.download(id)).status === 200);
  exchange.resume();
  await exchange.until('end of the connection', () => false);
  // Cut, never ended as if it were whole.
  expect(exchange.body.length).toBeLessThan(bytes.length);
});
