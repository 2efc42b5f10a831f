import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { ATTACKS, HIDDEN } from '../support/framing-attacks.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment();
function head(path: string, method: string, lines: readonly string[]): string {
  const token = `X-Auth-Token: ${at.stack.member}`;
  return [`${method} ${path} HTTP/1.1`, 'Host: x', token, ...lines, '\r\n'].join('\r\n');
}

describe('an upload framed by', () => {
  it.each(Object.entries(ATTACKS))(
    '%s is refused, and the image stays queued',
    async (_, attack) => {
      const { id } = await at.member.created({ tags: ['framed'] });
      const lines = ['Content-Type: application/octet-stream', ...attack.lines];
      const exchange = await RawExchange.open(at.gateway.url);
      exchange.send(head(`/v2/images/${id}/file`, 'PUT', lines) + attack.body);
      if (attack.cut === true) exchange.finish();
      await exchange.until('end of the connection', () => false);
      expect(exchange.closed).toBe(true);
      // Nothing more than one refusal: the hidden request was not taken for one.
      expect(exchange.statuses.length).toBeLessThanOrEqual(1);
      for (const status of exchange.statuses) expect([400, 408, 413, 501]).toContain(status);
      await waitUntil('the image to be queued', async () => {
        const { status, size } = await at.member.shown(id);
        return status === 'queued' && size === null;
      });
    },
  );

  it('any of these has become nothing, and left nothing', async () => {
    await at.nothingPending();
    const images = (await at.member.get('/v2/images?tag=framed&limit=100')).list('images');
    expect(images).toHaveLength(Object.keys(ATTACKS).length);
    expect(new Set(images.map(({ status }) => status))).toEqual(new Set(['queued']));
  });

  it('chunks with extensions and trailers is taken', async () => {
    const { id } = await at.member.created();
    const lines = ['Content-Type: application/octet-stream', 'Transfer-Encoding: Chunked'];
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send(head(`/v2/images/${id}/file`, 'PUT', lines));
    exchange.send('5;name=value\r\nhello\r\n0\r\nX-Trailer: x\r\n\r\n');
    await exchange.until('answer', () => exchange.statuses.length > 0);
    exchange.end();
    expect(exchange.statuses).toEqual([204]);
    expect((await at.member.download(id)).text).toBe('hello');
  });

  it('one byte per packet is taken', async () => {
    const { id } = await at.member.created();
    const lines = ['Content-Type: application/octet-stream', 'Content-Length: 20'];
    const exchange = await RawExchange.open(at.gateway.url);
    for (const byte of `${head(`/v2/images/${id}/file`, 'PUT', lines)}${'x'.repeat(20)}`) {
      exchange.send(byte);
    }
    await exchange.until('answer', () => exchange.statuses.length > 0);
    exchange.end();
    expect(exchange.statuses).toEqual([204]);
  });
});

describe('a request in the body of another is never answered', () => {
  it.each([
    ['a GET that has a body', 400, 'GET', '/v2/info/import'],
    ['a DELETE that has a body', 400, 'DELETE', '/v2/images/6a1f5e0c-0000-4000-8000-000000000000'],
    ['a refused create', 400, 'POST', '/v2/images'],
    ['a path that is not there', 404, 'POST', '/v2/nothing'],
    ['a method that is not there', 405, 'PUT', '/v2/images'],
  ])('%s', async (_, status, method, path) => {
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send(head(path, method, [`Content-Length: ${HIDDEN.length}`]) + HIDDEN);
    await exchange.until('answer', () => exchange.statuses.length > 0);
    exchange.send(HIDDEN);
    await exchange.until('next answer', () => exchange.statuses.length > 1);
    exchange.end();
    // The connection was closed, or goes on with the request behind the body.
    expect([[status], [status, 200]]).toContainEqual([...exchange.statuses]);
  });

  it('nor after a refused token', async () => {
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send(
      `POST /v2/images HTTP/1.1\r\nHost: x\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    );
    await exchange.until('answer', () => exchange.statuses.length > 0);
    exchange.send(HIDDEN);
    await exchange.until('next answer', () => exchange.statuses.length > 1);
    exchange.end();
    expect([[401], [401, 200]]).toContainEqual([...exchange.statuses]);
  });
});

describe('a connection', () => {
  it.each([
    ['random bytes', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/9.9', 'GET /versions HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['no version', 'GET /versions\r\n\r\n'],
    ['a blank in its path', 'GET /ver sions HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a very long path', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ])('that speaks %s is closed', async (_, bytes) => {
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send(Buffer.from(bytes, 'latin1'));
    await exchange.until('end of the connection', () => false);
    for (const status of exchange.statuses) expect([400, 414, 431, 505]).toContain(status);
  });

  it('may carry requests in a row', async () => {
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send(HIDDEN.repeat(5));
    await exchange.until('five answers', () => exchange.statuses.length >= 5);
    exchange.end();
    expect(exchange.statuses).toEqual([200, 200, 200, 200, 200]);
  });

  it.each([
    ['/versions', 200],
    ['/healthcheck', 200],
    ['/', 300],
  ])('of HTTP/1.0, which needs no Host, is served and closed: %s', async (path, status) => {
    const exchange = await RawExchange.open(at.gateway.url);
    exchange.send(`GET ${path} HTTP/1.0\r\n\r\n`);
    await exchange.until('end of the connection', () => false);
    expect(exchange.statuses).toEqual([status]);
  });
});
