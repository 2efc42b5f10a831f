import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePlan } from './plan.ts';
import { writeClientFiles } from './state-folder.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'parallax-state-'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const options = { demoPolicy: true, env: {} };

it('writes configurations at the first start that are valid and apart', async () => {
  const { gateway, worker, ownDatabase } = await makePlan({ ...options, state });
  expect(ownDatabase).toBe(true);
  expect(gateway.stores.map(({ id }) => id)).toEqual(['east-1', 'east-2']);
  expect(worker.regions).toEqual(['east', 'west', 'north']);
  expect(worker.stores.filter(({ isDefault }) => isDefault).map(({ id }) => id)).toEqual([
    'east-1',
    'west-1',
    'north-1',
  ]);
  expect(gateway.policies.map(({ id }) => id)).toEqual(['everywhere']);
  expect(gateway.identity.staticTokens.map(({ roles }) => roles[0])).toEqual(['admin', 'member']);
  expect(gateway.internal.key).toBe(worker.internal.key);
});

it('keeps secrets and what was changed by hand, and takes a new port', async () => {
  const first = await makePlan({ ...options, state });
  const token = await readFile(first.folder.adminToken, 'utf8');
  const second = await makePlan({ ...options, state, port: 9555, demoPolicy: false });
  expect(second.gateway.listen[0]?.port).toBe(9555);
  expect(second.gateway.policies).toHaveLength(1);
  expect(await readFile(first.folder.adminToken, 'utf8')).toBe(token);
  expect(await readFile(first.folder.gatewayConfig, 'utf8')).toContain('# Lets a client on this');
  const third = await makePlan({ ...options, state });
  expect(third.gateway.listen[0]?.port).toBe(9555);
});

it('keeps what holds secrets to its owner', async () => {
  const { folder } = await makePlan({ ...options, state });
  await writeClientFiles(folder, 'http://127.0.0.1:9292');
  for (const path of [folder.adminToken, folder.memberToken, folder.clouds, folder.openrc]) {
    expect((await stat(path)).mode & 0o077).toBe(0);
  }
});

it('uses the database that a real configuration or the environment names', async () => {
  const { folder } = await makePlan({ ...options, state });
  const env = { PARALLAX_DATABASE_URL: 'postgres://db/parallax' };
  const plan = await makePlan({ ...options, state, config: folder.workerConfig, env });
  expect(plan.ownDatabase).toBe(false);
  expect(plan.embedded).toBe(false);
  await expect(
    makePlan({ ...options, state, config: join(state, 'no.yaml') }),
  ).rejects.toMatchObject({ exit: 2 });
});
