import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@parallax/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePlan } from './plan.ts';
import { writeClientFiles } from './state-folder.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'parallax-state-'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const options = { demoPolicy: true, env: {} };

const DATABASE = { PARALLAX_DATABASE_URL: 'postgres://db/parallax' };

it('writes configurations at the first start that are valid and apart', async () => {
  const plan = await makePlan({ ...options, state });
  expect(plan.ownDatabase).toBe(true);
  expect(plan.embedded?.stores).toEqual(['east-1', 'east-2', 'west-1', 'north-1']);
  const gateway = loadConfig(plan.gatewayConfig, { env: DATABASE });
  const worker = loadConfig(plan.workerConfig, { env: DATABASE });
  expect(plan.listen).toEqual(gateway.listen.map(({ host, port }) => ({ host, port })));
  expect(gateway.stores.map(({ id }) => id)).toEqual(['east-1', 'east-2']);
  expect(worker.regions).toEqual(['east', 'west', 'north']);
  const defaults = worker.stores.filter(({ isDefault }) => isDefault).map(({ id }) => id);
  expect(defaults).toEqual(['east-1', 'west-1', 'north-1']);
  expect(gateway.policies.map(({ id }) => id)).toEqual(['everywhere']);
  expect(gateway.identity.staticTokens.map(({ roles }) => roles[0])).toEqual(['admin', 'member']);
  expect(gateway.internal.key).toBe(worker.internal.key);
});

it('keeps secrets and what was changed by hand, and takes a new port', async () => {
  const first = await makePlan({ ...options, state });
  const token = await readFile(first.folder.adminToken, 'utf8');
  const second = await makePlan({ ...options, state, port: 9555, demoPolicy: false });
  expect(second.listen).toEqual([{ host: '127.0.0.1', port: 9555 }]);
  const text = await readFile(first.gatewayConfig, 'utf8');
  expect(text).toContain('# Lets a client on this');
  expect(text).toContain('id: everywhere');
  expect(await readFile(first.folder.adminToken, 'utf8')).toBe(token);
  expect((await makePlan({ ...options, state })).listen[0]?.port).toBe(9555);
});

it('makes tokens that a shell and an option parser take as they are', async () => {
  const { folder } = await makePlan({ ...options, state });
  for (const path of [folder.adminToken, folder.memberToken]) {
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{48}$/);
  }
});

it('keeps what holds secrets to its owner', async () => {
  const { folder } = await makePlan({ ...options, state });
  await writeClientFiles(folder, 'http://127.0.0.1:9292');
  for (const path of [folder.adminToken, folder.memberToken, folder.clouds, folder.openrc]) {
    expect((await stat(path)).mode & 0o077).toBe(0);
  }
});

it('uses the database that a real configuration or the environment names', async () => {
  const { workerConfig } = await makePlan({ ...options, state });
  const plan = await makePlan({ ...options, state, config: workerConfig, env: DATABASE });
  expect([plan.ownDatabase, plan.embedded]).toEqual([false, undefined]);
  expect((await stat(plan.folder.logs)).isDirectory()).toBe(true);
  expect((await makePlan({ ...options, state, config: workerConfig })).ownDatabase).toBe(true);
  const missing = makePlan({ ...options, state, config: join(state, 'no.yaml') });
  await expect(missing).rejects.toMatchObject({ exit: 2 });
});
