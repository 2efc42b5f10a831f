import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@parallax/core';
import { request } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { httpAgent, toHttpError } from './http.ts';

const servers: Server[] = [];

async function serve(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server has an AddressInfo.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function failure(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => new AppError('internal', 'it did not fail'),
    (cause: unknown) => toHttpError(cause, 'node east'),
  );
}

it('gives a server that says nothing up as stalled', async () => {
  const dispatcher = httpAgent({ headersMs: 20 });
  const url = await serve(() => {});
  expect(await failure(request(url, { dispatcher }))).toMatchObject({
    code: 'stalled',
    message: 'node east took too long',
  });
});

it('gives a body that stops up as stalled', async () => {
  const dispatcher = httpAgent({ bodyIdleMs: 20 });
  const url = await serve((_, res) => void res.writeHead(200).write('x'));
  const { body } = await request(url, { dispatcher });
  expect(await failure(body.text())).toMatchObject({ code: 'stalled' });
});

it('calls a refused connection unavailable', async () => {
  const url = await serve(() => {});
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  expect(await failure(request(url, { dispatcher: httpAgent() }))).toMatchObject({
    code: 'unavailable',
    context: { cause: 'ECONNREFUSED' },
  });
});

it('tells a cancelled request from one that took too long', async () => {
  const url = await serve(() => {});
  const dispatcher = httpAgent();
  expect(await failure(request(url, { dispatcher, signal: AbortSignal.abort() }))).toMatchObject({
    code: 'cancelled',
  });
  expect(
    await failure(request(url, { dispatcher, signal: AbortSignal.timeout(10) })),
  ).toMatchObject({ code: 'stalled' });
});

it('leaves an AppError as it is', () => {
  const error = new AppError('conflict');
  expect(toHttpError(error, 'x')).toBe(error);
});
