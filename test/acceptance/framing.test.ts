import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment();
/** A second request, for whoever is fooled about where the first one ends. */
const HIDDEN = 'GET /versions HTTP/1.1\r\nHost: x\r\n\r\n';

interface Attack {
  readonly lines: readonly string[];
  readonly body: string;
  /** The client says no more, as if its machine had died. */
  readonly cut?: boolean;
}

function head(path: string, method: string, lines: readonly string[]): string {
  const token = `X-Auth-Token: ${at.stack.member}`;
  return [`${method} ${path} HTTP/1.1`, 'Host: x', token, ...lines, '\r\n'].join('\r\n');
}

const UPLOADS: Readonly<Record<string, Attack>> = {
  'two different Content-Lengths': {
    lines: ['Content-Length: 5', 'Content-Length: 6'],
    body: 'hello!',
  },
  'two equal Content-Lengths': { lines: ['Content-Length: 5', 'Content-Length: 5'], body: 'hello' },
  'Content-Length before chunks': {
    lines: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'chunks before Content-Length': {
    lines: ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'a Content-Length list': { lines: ['Content-Length: 5, 5'], body: 'hello' },
  'a Content-Length with a sign': { lines: ['Content-Length: +5'], body: 'hello' },
  'a negative Content-Length': { lines: ['Content-Length: -5'], body: 'hello' },
  'a hexadecimal Content-Length': { lines: ['Content-Length: 0x5'], body: 'hello' },
  'a Content-Length with a blank in it': { lines: ['Content-Length: 5 5'], body: 'hello' },
  'a Content-Length of letters': { lines: ['Content-Length: five'], body: 'hello' },
  'a Content-Length beyond 2^64': {
    lines: ['Content-Length: 18446744073709551621'],
    body: 'hello',
  },
  'a Content-Length of 10 EB': { lines: ['Content-Length: 10000000000000000000'], body: 'hello' },
  'Transfer-Encoding gzip': { lines: ['Transfer-Encoding: gzip'], body: `hello${HIDDEN}` },
  'Transfer-Encoding identity': {
    lines: ['Transfer-Encoding: identity', 'Content-Length: 5'],
    body: 'hello',
  },
  'Transfer-Encoding gzip, chunked': {
    lines: ['Transfer-Encoding: gzip, chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding chunked, gzip': {
    lines: ['Transfer-Encoding: chunked, gzip'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding chunked, chunked': {
    lines: ['Transfer-Encoding: chunked, chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding twice': {
    lines: ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding xchunked': {
    lines: ['Transfer-Encoding: xchunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding with a blank before its colon': {
    lines: ['Transfer-Encoding : chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding folded': {
    lines: ['Transfer-Encoding:\r\n chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
    cut: true,
  },
  'a chunk size of letters': {
    lines: ['Transfer-Encoding: chunked'],
    body: 'zz\r\nhello\r\n0\r\n\r\n',
  },
  'a chunk size with 0x': {
    lines: ['Transfer-Encoding: chunked'],
    body: '0x5\r\nhello\r\n0\r\n\r\n',
  },
  'a negative chunk size': {
    lines: ['Transfer-Encoding: chunked'],
    body: '-5\r\nhello\r\n0\r\n\r\n',
  },
  'a chunk size with a sign': {
    lines: ['Transfer-Encoding: chunked'],
    body: '+5\r\nhello\r\n0\r\n\r\n',
  },
  'an empty chunk size': { lines: ['Transfer-Encoding: chunked'], body: '\r\nhello\r\n0\r\n\r\n' },
  'a chunk size beyond 2^64': {
    lines: ['Transfer-Encoding: chunked'],
    body: 'fffffffffffffffff\r\nhello\r\n',
  },
  'a chunk longer than it says': {
    lines: ['Transfer-Encoding: chunked'],
    body: '3\r\nhello\r\n0\r\n\r\n',
  },
  'a chunk that ends without CRLF': {
    lines: ['Transfer-Encoding: chunked'],
    body: '5\r\nhelloX0\r\n\r\n',
  },
  'no last chunk': { lines: ['Transfer-Encoding: chunked'], body: '5\r\nhello\r\n', cut: true },
  'half a last chunk': {
    lines: ['Transfer-Encoding: chunked'],
    body: '5\r\nhello\r\n0\r\n',
    cut: true,
  },
  'fewer bytes than Content-Length': { lines: ['Content-Length: 50'], body: 'hello', cut: true },
  'a Content-Length of 1 TB and a few bytes': {
    lines: ['Content-Length: 1000000000000'],
    body: 'hello',
    cut: true,
  },
};

describe('an upload framed by', () => {
  it.each(Object.entries(UPLOADS))(
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
    expect(images).toHaveLength(Object.keys(UPLOADS).length);
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
