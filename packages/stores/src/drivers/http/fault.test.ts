import { randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { UrlFetcher, type UrlFetcherOptions } from '@parallax/runtime';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readBlob } from '../../testing/suite/subject.ts';
import { WEB_TEST } from './certificate.fixture.ts';
import { type Answer, redirect, WebServer } from './server.fixture.ts';
import { HttpStore } from './store.ts';

const BYTES = randomBytes(100_000);
const server = await WebServer.start({ ranges: true });
const url = server.url('image');
server.put(url, BYTES);
const stores: HttpStore[] = [];

function openStore(o: UrlFetcherOptions = { allow: ['127.0.0.1/32'] }): HttpStore {
  const store = new HttpStore('web', new UrlFetcher(o));
  stores.push(store);
  return store;
}

const failed = { code: 'store_failed' };
const shut = { ...failed, message: 'the URL leads to an address that may not be reached' };

afterEach(async () => {
  server.answer = () => false;
  server.seen.length = 0;
  for (const store of stores.splice(0)) await store.close();
});
afterAll(() => server.close());

describe('addresses', () => {
  it.each([
    ['as it is', '127.0.0.1'],
    ['as one number', '2130706433'],
    ['in hexadecimal', '0x7f000001'],
    ['in octal', '0177.0.0.1'],
    ['cut short', '127.1'],
    ['in IPv6', '[::ffff:127.0.0.1]'],
    ['in IPv6 groups', '[::ffff:7f00:1]'],
    ['in wide digits', '１２７.0.0.1'],
    ['unspecified', '0.0.0.0'],
    ['by name', 'localhost'],
  ])('does not reach loopback: %s', async (_, host) => {
    const store = openStore({});
    const inside = `http://${host}:${server.port}/image`;
    await expect(store.stat(inside)).rejects.toMatchObject(shut);
    await expect(store.open(inside)).rejects.toMatchObject(shut);
    expect(server.seen).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a %s to a denied address', async (status) => {
    const canary = await WebServer.start({ ranges: true, host: '127.0.0.2' });
    const store = openStore();
    const inside = `http://127.0.0.2:${canary.port}/`;
    const chain = [redirect('/a', '/b', status), redirect('/b', inside, status)];
    server.answer = (...of) => chain.some((answer) => answer(...of));
    await expect(store.open(server.url('a'))).rejects.toMatchObject(shut);
    expect(server.seen.map((request) => request.url)).toEqual(['/a', '/b']);
    expect(canary.seen).toEqual([]);
    await canary.close();
  });

  it('connects to the address it checked when a name changes its mind', async () => {
    // The denied address has the same port, so a second lookup would lead there.
    const allowed = await WebServer.start({ ranges: true, host: '127.0.0.2' });
    const canary = await WebServer.start({
      ranges: true,
      host: '127.0.0.3',
      port: allowed.port,
    });
    allowed.put('http://x/image', BYTES);
    const answers = ['127.0.0.2', '127.0.0.3'];
    const asked: string[] = [];
    const resolve = async (name: string): Promise<LookupAddress[]> => {
      asked.push(name);
      return [{ address: answers[asked.length - 1] ?? '127.0.0.3', family: 4 }];
    };
    const at = `http://rebind.test:${allowed.port}/image`;
    const first = openStore({ allow: ['127.0.0.2'], resolve });
    expect((await readBlob(first, at)).equals(BYTES)).toBe(true);
    expect(asked).toEqual(['rebind.test']);
    const second = openStore({ allow: ['127.0.0.2'], resolve });
    await expect(second.open(at)).rejects.toMatchObject(shut);
    expect(canary.seen).toEqual([]);
    await allowed.close();
    await canary.close();
  });

  it('refuses a name when one of its addresses is denied', async () => {
    const resolve = async (): Promise<LookupAddress[]> => [
      { address: '127.0.0.1', family: 4 },
      { address: '::ffff:10.0.0.1', family: 6 },
    ];
    const store = openStore({ allow: ['127.0.0.1'], resolve });
    await expect(store.stat(`http://both.test:${server.port}/image`)).rejects.toMatchObject(shut);
    expect(server.seen).toEqual([]);
  });
});

it('believes only certificates of the name in the URL, although it connects to an address', async () => {
  const secure = createServer(WEB_TEST, (_, response) => {
    response.setHeader('content-length', 5).end('hello');
  });
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  const { port } = secure.address() as AddressInfo;
  const resolve = async (): Promise<LookupAddress[]> => [{ address: '127.0.0.1', family: 4 }];
  const trusting = openStore({ allow: ['127.0.0.1'], ca: WEB_TEST.cert, resolve });
  expect((await readBlob(trusting, `https://web.test:${port}/`)).toString()).toBe('hello');
  const unavailable = { code: 'unavailable' };
  await expect(trusting.open(`https://other.test:${port}/`)).rejects.toMatchObject(unavailable);
  const wary = openStore({ allow: ['127.0.0.1'], resolve });
  await expect(wary.open(`https://web.test:${port}/`)).rejects.toMatchObject(unavailable);
  secure.closeAllConnections();
  secure.close();
});

describe('redirects', () => {
  it('does not follow from https to http', async () => {
    const secure = createServer(WEB_TEST, (_, response) => {
      response.writeHead(302, { location: url }).end();
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port } = secure.address() as AddressInfo;
    const resolve = async (): Promise<LookupAddress[]> => [{ address: '127.0.0.1', family: 4 }];
    const store = openStore({ allow: ['127.0.0.1'], ca: WEB_TEST.cert, resolve });
    await expect(store.open(`https://web.test:${port}/`)).rejects.toMatchObject(failed);
    expect(server.seen).toEqual([]);
    secure.closeAllConnections();
    secure.close();
  });

  it('follows five and no more, with the range and without credentials', async () => {
    server.answer = (request, response) => {
      const left = Number(/^\/hop(\d)$/.exec(request.url ?? '')?.[1] ?? Number.NaN);
      if (Number.isNaN(left)) return false;
      const to = left === 0 ? '/image' : `/hop${left - 1}`;
      response.writeHead(302, { location: to, 'set-cookie': 'a=b' }).end();
      return true;
    };
    const store = openStore();
    const read = await readBlob(store, server.url('hop4'), { start: 10, end: 20 });
    expect(read.equals(BYTES.subarray(10, 20))).toBe(true);
    expect(server.seen).toHaveLength(6);
    for (const { headers } of server.seen) {
      expect(headers).toMatchObject({ range: 'bytes=10-19' });
      expect(headers.cookie ?? headers.authorization).toBeUndefined();
    }
    await expect(store.open(server.url('hop5'))).rejects.toMatchObject(failed);
  });

  it.each(['file:///etc/passwd', 'http://user:secret@127.0.0.1/', 'http://['])(
    'does not follow to %s',
    async (to) => {
      server.answer = redirect('/a', to);
      await expect(openStore().stat(server.url('a'))).rejects.toMatchObject(failed);
    },
  );
});

describe('answers', () => {
  const reply =
    (status: number, headers: Record<string, string>, body = 'x'.repeat(10)): Answer =>
    (request, response) => {
      if (request.method === 'HEAD') return false;
      response.writeHead(status, headers).end(body);
      return true;
    };

  it.each([
    ['another range', 206, { 'content-range': 'bytes 0-9/100000' }],
    ['a shorter range', 206, { 'content-range': 'bytes 100-104/100000' }],
    ['a range without a size', 206, { 'content-range': 'bytes 100-109/*' }],
    ['a range that is none', 206, { 'content-range': 'bytes 109-100/100000' }],
    ['no range', 206, {}],
    ['several ranges', 206, { 'content-type': 'multipart/byteranges; boundary=x' }],
    ['encoded bytes', 200, { 'content-encoding': 'gzip', 'content-length': '10' }],
    ['no size', 200, { 'transfer-encoding': 'chunked' }],
    ['416 for what it has', 416, { 'content-range': 'bytes */100000' }],
    ['403', 403, {}],
    ['no content', 204, {}],
  ] as const)('takes no bytes from %s', async (_, status, headers) => {
    server.answer = reply(status, headers, status === 204 ? '' : undefined);
    const store = openStore();
    const reading = store.open(url, { range: { start: 100, end: 110 } });
    await expect(reading).rejects.toMatchObject(failed);
  });

  it.each([
    [404, 'not_found'],
    [410, 'not_found'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('calls %s %s, and tells nothing of the answer', async (status, code) => {
    server.answer = (_, response) => {
      response.writeHead(status, { 'x-secret': 'secret' }).end('secret');
      return true;
    };
    const store = openStore();
    for (const call of [() => store.stat(url), () => store.open(url)]) {
      const error: unknown = await call().catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code });
      expect(JSON.stringify(error)).not.toContain('secret');
    }
  });

  it('finds the size by a GET where HEAD is refused or says nothing', async () => {
    const store = openStore();
    for (const status of [403, 405, 501, 200]) {
      server.answer = (request, response) => {
        if (request.method !== 'HEAD') return false;
        response.writeHead(status).end();
        return true;
      };
      expect((await store.stat(url)).size).toBe(BYTES.byteLength);
    }
  });

  it('never ends cleanly with fewer bytes than there are', async () => {
    server.answer = (request, response) => {
      if (request.method === 'HEAD') return false;
      response.writeHead(200, { 'content-length': BYTES.byteLength });
      response.write(BYTES.subarray(0, 5000), () => response.destroy());
      return true;
    };
    await expect(readBlob(openStore(), url)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('says unavailable where nobody listens', async () => {
    const gone = await WebServer.start({ ranges: true });
    const at = gone.url('image');
    await gone.close();
    await expect(openStore().open(at)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
