import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment();
const bytes = testBytes(40 * 1024 * 1024);

let id: string;
beforeAll(async () => {
  id = await at.member.uploaded(bytes);
});

describe('the health check', () => {
  it('is OK without a token', async () => {
    const answer = await at.anyone.get('/healthcheck');
    expect([answer.status, answer.text]).toEqual([200, 'OK']);
    expect((await at.anyone.ask('HEAD', '/healthcheck')).status).toBe(200);
    expect((await at.anyone.post('/healthcheck', {})).status).toBe(405);
  });

  it('has details on the admin port of gateways and workers', async () => {
    for (const node of [at.gateway, at.worker]) {
      const answer = await waitUntil('all markers to be seen', async () => {
        const health = await at.client(undefined, node.adminUrl).get('/healthcheck');
        return health.object['status'] === 'ok' && health;
      });
      expect([answer.status, answer.object]).toMatchObject([
        200,
        { checks: { database: { ok: true } } },
      ]);
    }
  });
});

describe('what is not for the public', () => {
  it.each([
    '/metrics',
    '/internal/v1/locations/1/bytes',
    '/internal/v1/intents/1/bytes',
    '/internal',
  ])('%s is not on the public port', async (path) => {
    const answer = await at.admin.get(path);
    expect(answer.status).toBe(300);
    expect(answer.object).toHaveProperty('versions');
  });

  it('is on the admin port, which serves no images', async () => {
    for (const node of [at.gateway, at.worker]) {
      const admin = at.client(at.stack.admin, node.adminUrl);
      expect((await admin.get('/metrics')).text).toContain('parallax_');
      expect((await admin.get('/v2/images')).status).toBe(404);
      expect((await admin.get('/federation/v1/status')).status).toBe(404);
    }
  });

  it('counts requests by route, never by id', async () => {
    await at.member.get(`/v2/images/${id}`);
    const { text } = await at.client(undefined, at.gateway.adminUrl).get('/metrics');
    expect(text).toContain('route="/v2/images/:imageId"');
    expect(text).not.toContain(id);
  });
});

describe('the internal routes', () => {
  const SIGNATURES: [string, string | null][] = [
    ['no signature', null],
    ['an empty signature', ''],
    ['a signature of nothing', 'v1'],
    ['a made-up signature', `v1 ${Math.floor(Date.now() / 1000) + 60} ${'0'.repeat(64)}`],
    ['the signature of another key', forged(60)],
    ['an expired signature', forged(-60)],
    ['a signature of another version', `v9 1 ${'0'.repeat(64)}`],
    ['a signature of the wrong length', `v1 ${Date.now()} 00`],
  ];

  it.each(SIGNATURES)('are refused with %s', async (_, signature) => {
    for (const node of [at.gateway, at.worker]) {
      const client = at.client(at.stack.admin, node.adminUrl);
      const headers = { 'x-parallax-internal': signature, range: 'bytes=0-9' };
      const read = await client.get('/internal/v1/locations/1/bytes', headers);
      expect([401, 403]).toContain(read.status);
      expect(read.bytes.includes(bytes.subarray(0, 10))).toBe(false);
      const write = await client.ask('PUT', '/internal/v1/intents/1/bytes', { body: 'x', headers });
      expect([401, 403]).toContain(write.status);
    }
  });
});

function forged(seconds: number): string {
  const expiry = Math.floor(Date.now() / 1000) + seconds;
  const hmac = createHmac('sha256', 'not the key').update(
    `GET /internal/v1/locations/1/bytes ${expiry}`,
  );
  return `v1 ${expiry} ${hmac.digest('hex')}`;
}

describe('a gateway that shall end', () => {
  it('says so, closes connections, lets a download finish, and ends well', async () => {
    const leaving = await at.stack.ready(await at.stack.startGateway());
    const client = at.client(at.stack.member, leaving.url);
    await waitUntil(
      'it to serve images',
      async () => (await client.get(`/v2/images/${id}`)).status === 200,
    );
    const download = await RawExchange.open(leaving.url);
    download.send(
      `GET /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\n\r\n`,
    );
    await download.until('first bytes', () => download.size > 1000);
    download.pause();

    leaving.process.signal('SIGTERM');
    const drained = await waitUntil('the health check to fail', async () => {
      const answer = await client.get('/healthcheck');
      return answer.status === 503 && answer;
    });
    expect(drained.headers['connection']).toBe('close');
    const late = await client.get(`/v2/images/${id}`);
    expect([late.status, late.headers['connection']]).toEqual([200, 'close']);
    expect((await at.anyone.get('/healthcheck')).status).toBe(200);

    download.resume();
    await download.until(
      'end of the download',
      () => download.size > bytes.length && download.body.length >= bytes.length,
    );
    expect(sha512(download.body)).toBe(sha512(bytes));
    download.end();
    expect(await leaving.process.exited).toEqual({ code: 0, signal: null });
    await waitUntil('the others to know', async () => {
      const { text } = await at.admin.get('/federation/v1/status');
      return !text.includes(leaving.adminUrl);
    });
  });
});

describe('a request', () => {
  const trace = (digit: string): string => digit.repeat(32);

  async function linesWith(node: { readonly process: { readonly log: string } }, traceId: string) {
    const text = await readFile(node.process.log, 'utf8');
    return text
      .split('\n')
      .filter((line) => line.includes(traceId))
      .map((line): Readonly<Record<string, unknown>> => JSON.parse(line));
  }

  it.each([
    [
      'a transfer',
      'a',
      (image: string, headers: Record<string, string>) =>
        at.admin.post('/federation/v1/transfers', { image, store: 'west-1' }, headers),
    ],
    [
      'an import',
      'b',
      (image: string, headers: Record<string, string>) =>
        at.admin.post(
          `/v2/images/${image}/import`,
          { method: { name: 'copy-image' }, stores: ['west-1'] },
          headers,
        ),
    ],
  ] as const)('for %s has one trace id from the gateway to the worker', async (_, digit, ask) => {
    const image = await at.member.uploaded(bytes.subarray(0, 100));
    const answer = await ask(image, {
      traceparent: `00-${trace(digit)}-00f067aa0ba902b7-01`,
      'x-openstack-request-id': `req-trace-${digit}`,
    });
    expect(answer.status).toBe(202);
    await at.member.copied(image, 'west-1');
    const [asked] = await waitUntil('a line of the gateway', async () => {
      const lines = await linesWith(at.gateway, trace(digit));
      return lines.length > 0 && lines;
    });
    expect(asked).toMatchObject({ trace_id: trace(digit), request_id: `req-trace-${digit}` });
    // It may first ask a gateway that an earlier test has stopped, and say so.
    const copied = await waitUntil('a line of the worker about the copy', async () => {
      const lines = await linesWith(at.worker, trace(digit));
      return lines.find(({ storeId }) => storeId === 'west-1');
    });
    expect(copied).toMatchObject({ trace_id: trace(digit), imageId: image });
  });

  it('with a traceparent that is none begins a trace of its own', async () => {
    for (const traceparent of ['x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'ff-a-b-c']) {
      expect((await at.member.get(`/v2/images/${id}`, { traceparent })).status).toBe(200);
    }
  });

  it('leaves no token in any log', async () => {
    await at.member.get(`/v2/images?token=${at.stack.member}`);
    await at.client(`${at.stack.member}x`).get('/v2/images');
    for (const node of at.stack.nodes) {
      const text = await readFile(node.process.log, 'utf8');
      expect(text).not.toContain(at.stack.member);
      expect(text).not.toContain(at.stack.admin);
    }
  });
});
