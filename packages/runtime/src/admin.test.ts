import { AppError, type Logger } from '@parallax/core';
import { request } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { AdminListener } from './admin.ts';
import { Metrics } from './metrics.ts';

const ignore = (): void => {};
const log: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };
const open: AdminListener[] = [];

async function start(o: { metrics?: Metrics; port?: number } = {}): Promise<AdminListener> {
  const { port = 0, ...rest } = o;
  const admin = await AdminListener.start({ listen: { host: '127.0.0.1', port }, log, ...rest });
  open.push(admin);
  return admin;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((admin) => admin.close({ drainMs: 0 })));
});

it('binds a free port and says which', async () => {
  const admin = await start();
  expect(admin.port).toBeGreaterThan(0);
  expect(admin.url).toBe(`http://127.0.0.1:${admin.port}`);
});

it('is unavailable when the port is taken', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({ code: 'unavailable', context: { port } });
});

it('serves the metrics', async () => {
  const metrics = new Metrics({ processMetrics: false });
  metrics.counter({ name: 'things_total', help: 'Things.' }).inc(3);
  const { url } = await start({ metrics });
  const { statusCode, body } = await request(`${url}/metrics`);
  expect(statusCode).toBe(200);
  expect(await body.text()).toContain('things_total 3');
  metrics.close();
});

it('reports every check and answers 503 when a critical one fails', async () => {
  const admin = await start();
  admin.addCheck({
    name: 'queue',
    critical: false,
    check: () => Promise.reject(new Error('no redis://:pw@h')),
  });
  const degraded = await request(`${admin.url}/healthcheck`);
  expect(degraded.statusCode).toBe(200);
  expect(await degraded.body.json()).toMatchObject({
    status: 'degraded',
    checks: { queue: { ok: false, detail: 'no redis://[redacted]@h' } },
  });
  admin.addCheck({ name: 'database', check: () => Promise.reject(new Error('gone')) });
  const down = await request(`${admin.url}/healthcheck`);
  expect(down.statusCode).toBe(503);
  await down.body.dump();
});

it('asks mounted handlers in turn and answers 404 when none wants the request', async () => {
  const admin = await start();
  admin.mount(async (req, res) => {
    if (req.url !== '/internal/v1/x') return false;
    res.end('mounted');
    return true;
  });
  expect(await (await request(`${admin.url}/internal/v1/x`)).body.text()).toBe('mounted');
  const missing = await request(`${admin.url}/elsewhere`);
  expect(missing.statusCode).toBe(404);
  expect(await missing.body.json()).toMatchObject({ code: 'not_found' });
});

it('turns what a handler throws into its status, and unknown errors into a constant 500', async () => {
  const admin = await start();
  admin.mount(async (req) => {
    throw req.url === '/known' ? new AppError('conflict', 'taken') : new Error('secret inside');
  });
  const known = await request(`${admin.url}/known`);
  expect([known.statusCode, await known.body.json()]).toEqual([
    409,
    { code: 'conflict', message: 'taken' },
  ]);
  const unknown = await request(`${admin.url}/unknown`);
  expect([unknown.statusCode, await unknown.body.json()]).toEqual([
    500,
    { code: 'internal', message: 'internal' },
  ]);
});

it('cuts requests that outlast the drain', async () => {
  const admin = await start();
  let began: () => void = ignore;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  admin.mount(async () => {
    began();
    return true;
  });
  const hanging = expect(request(`${admin.url}/hang`)).rejects.toThrow();
  await running;
  await admin.close({ drainMs: 10 });
  await hanging;
});

it('closes as soon as the last answer is out, though its connection is kept alive', async () => {
  const admin = await start();
  let finish: () => void = ignore;
  let began: () => void = ignore;
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  admin.mount(async (_, res) => {
    finish = () => res.end('done');
    began();
    return true;
  });
  const answer = request(`${admin.url}/slow`);
  await running;
  const closed = admin.close({ drainMs: 60_000 });
  finish();
  expect(await (await answer).body.text()).toBe('done');
  await closed;
});
