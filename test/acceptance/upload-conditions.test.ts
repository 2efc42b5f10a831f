import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { expectActive, expectQueued, inPieces } from './expectations.ts';

const at = useDeployment();
const MIB = 1024 * 1024;
const bytes = testBytes(3 * MIB + 17);

describe('a client that waits for 100 Continue', () => {
  let exchange: RawExchange;
  const head = (id: string, ...lines: readonly string[]): string =>
    [
      `PUT /v2/images/${id}/file HTTP/1.1`,
      'Host: x',
      `Content-Length: ${bytes.length}`,
      'Expect: 100-continue',
      ...lines,
      '\r\n',
    ].join('\r\n');
  const token = (): string => `X-Auth-Token: ${at.stack.member}`;
  const octets = 'Content-Type: application/octet-stream';
  const answered = (): boolean => exchange.statuses.length > 0;
  let active: string;
  beforeAll(async () => {
    active = await at.member.uploaded(bytes);
  });

  it('gets it when all checks have passed, and uploads', async () => {
    const { id } = await at.member.created();
    exchange = await RawExchange.open(at.gateway.url);
    exchange.send(head(id, token(), octets));
    await exchange.until('continue', answered);
    expect(exchange.statuses).toEqual([100]);
    expect((await at.member.shown(id)).status).toBe('saving');
    exchange.send(bytes);
    await exchange.until('answer', () => exchange.statuses.length > 1);
    exchange.end();
    expect(exchange.statuses).toEqual([100, 204]);
    await expectActive(at.member, id, bytes);
  });

  it.each([
    ['without a token', 401, () => [octets]],
    ['with a wrong type', 415, () => [token(), 'Content-Type: text/plain']],
    ['with an unknown store', 400, () => [token(), octets, 'X-Image-Meta-Store: nowhere']],
    ['with a bad size', 400, () => [token(), octets, 'X-OpenStack-Image-Size: big']],
    [
      'with a size beyond the cap',
      413,
      () => [token(), octets, 'X-OpenStack-Image-Size: 8000000000000000'],
    ],
  ] as const)('is refused at once instead %s', async (_, status, lines) => {
    const { id } = await at.member.created();
    exchange = await RawExchange.open(at.gateway.url);
    exchange.send(head(id, ...lines()));
    await exchange.until('answer', answered);
    expect(exchange.statuses).toEqual([status]);
    exchange.end();
    await expectQueued(at.member, id);
  });

  it.each([
    ['that has its bytes', 409, () => active],
    ['that is not there', 404, () => randomUUID()],
  ] as const)('is refused at once for an image %s', async (_, status, id) => {
    exchange = await RawExchange.open(at.gateway.url);
    exchange.send(head(id(), token(), octets));
    await exchange.until('answer', answered);
    expect(exchange.statuses).toEqual([status]);
    exchange.end();
  });

  it('for a JSON request gets it, too', async () => {
    const body = '{"name":"patient"}';
    exchange = await RawExchange.open(at.gateway.url);
    exchange.send(
      `POST /v2/images HTTP/1.1\r\nHost: x\r\n${token()}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await exchange.until('continue', answered);
    exchange.send(body);
    await exchange.until('answer', () => exchange.statuses.length > 1);
    expect(exchange.statuses).toEqual([100, 201]);
    exchange.end();
  });
});

describe('a gateway with limits', () => {
  let limited: Client;
  let url: string;
  beforeAll(async () => {
    const config = { image_size_cap: '1 MiB', max_uploads: 1, max_downloads: 1 };
    ({ url } = await at.stack.ready(await at.stack.startGateway({ config })));
    limited = at.client(at.stack.member, url);
  });

  it('takes an image of the greatest size, and refuses one byte more with 413', async () => {
    const greatest = testBytes(MIB);
    await expectActive(at.member, await limited.uploaded(greatest), greatest);
    for (const body of [testBytes(MIB + 1), inPieces(testBytes(MIB + 1))]) {
      const { id } = await limited.created();
      expect((await limited.upload(id, body)).status).toBe(413);
      await expectQueued(at.member, id);
    }
  });

  it('refuses the upload beyond its number with 503 and Retry-After, and takes it later', async () => {
    const [first, second] = [await limited.created(), await limited.created()];
    const running = await RawExchange.open(url);
    running.send(
      `PUT /v2/images/${first.id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n`,
    );
    await running.until('continue', () => running.statuses.length > 0);
    const refused = await limited.upload(second.id, Buffer.from('abc'));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await expectQueued(at.member, second.id);
    running.send('abc');
    await running.until('answer', () => running.statuses.length > 1);
    running.end();
    expect(running.statuses).toEqual([100, 204]);
    expect((await limited.upload(second.id, Buffer.from('abc'))).status).toBe(204);
  });
});
