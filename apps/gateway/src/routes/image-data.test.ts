import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@parallax/core';
import type { ImageData } from '@parallax/services';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Services } from '../services.ts';
import { fakeServices } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';

const PATH = '/v2/images/11111111-1111-4111-8111-111111111111/file';
const BYTES = { 'content-type': 'application/octet-stream' };

let data: (() => Promise<ImageData | undefined>) | undefined;
let upload: Partial<Services> = {};
let asked: unknown[] = [];
let gateway: TestGateway;

beforeEach(async () => {
  asked = [];
  data = undefined;
  upload = {};
  const fake = fakeServices({
    openImageData: async (_ctx, input) => {
      asked.push(input);
      return data?.();
    },
    uploadImage: async (ctx, input) => {
      asked.push(input.storeId, input.declaredSize);
      if (upload.uploadImage !== undefined) return upload.uploadImage(ctx, input);
      input.onAccepted();
      for await (const _chunk of input.body);
    },
  });
  gateway = await startTestGateway(fake.services, { uploads: 1, downloads: 1 });
});
afterEach(() => gateway[Symbol.asyncDispose]());

function imageOf(text: string, range?: { start: number; end: number }): ImageData {
  return {
    size: text.length,
    md5: 'abc',
    range,
    sendTo: async (out) => {
      out.end(text.slice(range?.start, range?.end));
      await once(out, 'finish');
    },
    close: vi.fn(async () => undefined),
  };
}

/** What a raw client gets for what it sends, until the connection closes. */
async function raw(text: string): Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return received;
}

const put = (headers: string, body = '') =>
  `PUT ${PATH} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: member\r\nContent-Type: application/octet-stream\r\n${headers}\r\n${body}`;

it('sends a whole image with its hex digest', async () => {
  data = async () => imageOf('hello');
  const { status, headers, body } = await gateway.call({ path: `${PATH}?prefer=b,a&prefer=b` });
  expect([status, body]).toEqual([200, 'hello']);
  expect(headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': '5',
    'content-md5': 'abc',
  });
  expect(asked[0]).toMatchObject({ prefer: ['b', 'a'], range: undefined });
});

it('sends a part, asked for by Range or by the old Content-Range', async () => {
  data = async () => imageOf('hello', { start: 1, end: 3 });
  for (const headers of [{ range: 'bytes=1-2' }, { 'content-range': 'bytes 1-2/*' }]) {
    const answer = await gateway.call({ path: PATH, headers });
    expect([answer.status, answer.body]).toEqual([206, 'el']);
    expect(answer.headers).toMatchObject({
      'content-length': '2',
      'content-range': 'bytes 1-2/5',
      'content-md5': 'abc',
    });
  }
  expect(asked).toMatchObject([{ range: { first: 1, last: 2 } }, { range: { first: 1, last: 2 } }]);
});

it('answers 204 without data, 400 to several ranges, 416 with the size', async () => {
  expect((await gateway.call({ path: PATH })).status).toBe(204);
  const several = await gateway.call({ path: PATH, headers: { range: 'bytes=0-1,2-3' } });
  expect(several.status).toBe(400);
  data = async () => {
    throw new AppError('range_not_satisfiable', 'no', { context: { size: 5 } });
  };
  const beyond = await gateway.call({ path: PATH, headers: { range: 'bytes=9-' } });
  expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */5']);
});

it('cuts the connection when no good copy is left', async () => {
  const image = imageOf('hello');
  data = async () => ({
    ...image,
    sendTo: async (out) => {
      out.write('hel');
      await sleep(20);
      throw new AppError('unavailable', 'no source is left');
    },
  });
  await expect(gateway.call({ path: PATH })).rejects.toThrow();
  expect(image.close).toHaveBeenCalledOnce();
});

it('lets go of the image when the client leaves, and counts no bug', async () => {
  const image = imageOf('x'.repeat(10));
  const left = withResolvers<void>();
  data = async () => ({
    ...image,
    sendTo: async (out) => {
      out.write('x');
      await once(out, 'close');
      left.resolve();
      throw new Error('premature close');
    },
  });
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: member\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  await left.promise;
  await vi.waitFor(() => expect(image.close).toHaveBeenCalledOnce());
  expect(gateway.bugs()).toBe(0);
});

it('passes on what an upload declares', async () => {
  const headers = { ...BYTES, 'x-image-meta-store': 'west-1', 'x-openstack-image-size': '9' };
  const answer = await gateway.call({ method: 'PUT', path: PATH, headers, body: 'abc' });
  expect([answer.status, asked]).toEqual([204, ['west-1', 9]]);
});

it('refuses other types, with the connection closed', async () => {
  for (const type of ['application/json', '']) {
    const headers = { 'content-type': type };
    const answer = await gateway.call({ method: 'PUT', path: PATH, headers, body: 'abc' });
    expect(answer.status).toBe(415);
  }
});

it('says "continue" only when all checks have passed', async () => {
  const waits = put('Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n');
  upload.uploadImage = async () => {
    throw new AppError('conflict', 'not queued');
  };
  expect(await raw(waits)).toMatch(/^HTTP\/1\.1 409 /);
  const socket = connect(gateway.port, '127.0.0.1');
  delete upload.uploadImage;
  socket.write(waits);
  const [first] = await once(socket, 'data');
  expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  socket.write('abc');
  const [second] = await once(socket, 'data');
  expect(String(second)).toMatch(/^HTTP\/1\.1 204 /);
  socket.destroy();
});

it('answers while the body is still coming', async () => {
  upload.uploadImage = async () => {
    throw new AppError('too_large', 'too large');
  };
  const answer = await raw(put('Content-Length: 9000000\r\n', 'x'.repeat(200_000)));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toMatch(/connection: close/i);
});

it('tells the use case when the sender leaves', async () => {
  const gone = withResolvers<unknown>();
  upload.uploadImage = async (ctx) => {
    ctx.signal.addEventListener('abort', () => gone.resolve(ctx.signal.reason), { once: true });
    await gone.promise;
    throw new AppError('cancelled');
  };
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write(put('Content-Length: 10\r\n', 'abc'));
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  socket.destroy();
  expect(await gone.promise).toMatchObject({ code: 'cancelled' });
});

it('answers 503 before the body when too many move already', async () => {
  const end = withResolvers<void>();
  upload.uploadImage = () => end.promise;
  const first = gateway.call({ method: 'PUT', path: PATH, headers: BYTES, body: 'abc' });
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  const second = await gateway.call({ method: 'PUT', path: PATH, headers: BYTES, body: 'abc' });
  expect([second.status, second.headers['retry-after']]).toEqual([503, '5']);
  end.resolve();
  expect((await first).status).toBe(204);
});

it('refuses damaged framing', async () => {
  expect(
    await raw(put('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')),
  ).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(put('Content-Length: +3\r\n', 'abc'))).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(put('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'))).toMatch(
    /^HTTP\/1\.1 400 /,
  );
  expect(asked).toEqual([]);
});

/** `Promise.withResolvers` is not in Node 20. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
