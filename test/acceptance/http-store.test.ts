import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment({
  stores: [
    { id: 'east-1', region: 'east', more: { default: true } },
    { id: 'web', region: 'east', kind: 'http', more: { allow: ['127.0.0.1/32'] } },
  ],
});
const bytes = testBytes(9 * 1024 * 1024 + 123);
const asked: string[] = [];
/** Headers that the server was sent. */
const told: IncomingHttpHeaders[] = [];
const web = createServer((request, response) => {
  asked.push(`${request.method} ${request.headers.range ?? ''}`);
  told.push(request.headers);
  const found = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(found?.[1] ?? 0);
  const end = found?.[2] ? Number(found[2]) + 1 : bytes.length;
  const part = bytes.subarray(start, Math.min(end, bytes.length));
  response.writeHead(found === null ? 200 : 206, {
    'content-length': part.length,
    'set-cookie': 'canary=1',
    'x-storage-token': 'canary',
    etag: '"canary"',
    ...(found && { 'content-range': `bytes ${start}-${start + part.length - 1}/${bytes.length}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
});
let id: string;

beforeAll(async () => {
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  id = await at.member.uploaded(bytes);
  const sql = postgres(at.databaseUrl, { max: 1 });
  const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/image`;
  await sql`UPDATE location SET store_id = 'web', key = ${url} WHERE image_id = ${id}`;
  await sql.end();
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
});

describe('an image whose only copy is at a URL', () => {
  it('is read whole and in part, although the store has no marker', async () => {
    await waitUntil('the image to be there', async () => {
      return (await at.member.shown(id)).stores === 'web';
    });
    const whole = await at.member.download(id);
    expect([whole.status, whole.bytes.equals(bytes)]).toEqual([200, true]);
    const part = await at.member.download(id, { range: 'bytes=5000000-5000999' });
    expect([part.status, part.bytes.equals(bytes.subarray(5_000_000, 5_001_000))]).toEqual([
      206,
      true,
    ]);
    expect(asked.some((each) => each.startsWith('GET bytes='))).toBe(true);
  });

  it('tells its server nothing of who asks, and who asks nothing of its server', async () => {
    const answer = await at.member.download(id, { cookie: 'canary=2', 'x-roles': 'canary' });
    expect([answer.status, JSON.stringify(answer.headers)]).toEqual([
      200,
      expect.not.stringContaining('canary'),
    ]);
    expect(told.length).toBeGreaterThan(0);
    for (const headers of told) {
      expect(headers).not.toHaveProperty('x-auth-token');
      expect(headers).not.toHaveProperty('authorization');
      expect(JSON.stringify(headers)).not.toMatch(/canary/);
      expect(JSON.stringify(headers)).not.toContain(at.stack.member);
    }
  });

  it('belongs to a store that says it is read only', async () => {
    const stores = (await at.member.get('/v2/info/stores')).list('stores');
    expect(stores.find((store) => store['id'] === 'web')).toMatchObject({ 'read-only': 'true' });
  });

  it('is not served when the server sends other bytes', async () => {
    const [first = 0] = bytes;
    bytes[0] = first ^ 0xff;
    try {
      const answer = await at.member.download(id).catch(() => undefined);
      expect(answer?.status === 200).toBe(false);
    } finally {
      bytes[0] = first;
    }
  });
});
