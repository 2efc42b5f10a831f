import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PartReceipt } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labService } from '../../testing/index.ts';
import { entriesOf } from '../../testing/suite/subject.ts';
import { dropContainers, labClient, labConfig, objectsIn, openLab } from './lab.fixture.ts';
import { CUT_HEADER } from './objects.ts';

const SCRIPT = fileURLToPath(new URL('write.fixture.ts', import.meta.url));
const container = `crash-${randomUUID()}`;
const segments = `${container}_segments`;

describe.skipIf(labService('swift') === undefined)('swift after kill -9 in mid-write', async () => {
  const store = await openLab(container);
  beforeAll(() => store.writeIdentity(randomUUID()));
  afterAll(async () => {
    await store.close();
    await dropContainers(container);
  });

  it('goes on from the parts that the store has', async () => {
    const session = await writeAndKill('aa/image.1');
    expect(await entriesOf(store)).toMatchObject([{ key: 'aa/image.1', partial: true, session }]);
    const writer = await store.resume('aa/image.1', session);
    const found = await writer.parts();
    expect(found.length).toBeGreaterThan(1);
    const { receipts, size } = await completed(writer, found);
    expect(await writer.commit(receipts, { size })).toMatchObject({ size, proof: 'stored' });
    expect(await entriesOf(store)).toMatchObject([{ key: 'aa/image.1', partial: false, size }]);
    await store.remove('aa/image.1');
    expect(await objectsIn(segments)).toEqual([]);
  });

  it('removes all that was left with the key', async () => {
    await writeAndKill('aa/image.2');
    expect((await objectsIn(segments)).length).toBeGreaterThan(2);
    await store.remove('aa/image.2');
    expect(await objectsIn(segments)).toEqual([]);
    expect(await objectsIn(container)).toEqual(['.parallax-store']);
  });

  it('takes back a blob whose commit was not acknowledged', async () => {
    const session = await writeAndKill('aa/image.3');
    const dead = await store.resume('aa/image.3', session);
    const { receipts, size } = await completed(dead, await dead.parts());
    await dead.commit(receipts, { size });
    await touch(`.unfinished/aa/image.3/${session}`);
    const writer = await store.resume('aa/image.3', session);
    await writer.abort();
    expect(await objectsIn(segments)).toEqual([]);
    expect(await objectsIn(container)).toEqual(['.parallax-store']);
  });
});

/** Puts what is missing between and after the parts that are there. */
async function completed(
  writer: Awaited<ReturnType<Awaited<ReturnType<typeof openLab>>['resume']>>,
  found: readonly PartReceipt[],
) {
  const receipts = new Map(found.map((receipt) => [receipt.index, receipt]));
  const last = Math.max(...receipts.keys()) + 1;
  for (let index = 0; index <= last; index += 1) {
    if (receipts.has(index)) continue;
    receipts.set(index, await writer.put(index, [new Uint8Array(1000)]));
  }
  const all = [...receipts.values()];
  return { receipts: all, size: all.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function writeAndKill(key: string): Promise<string> {
  const args = ['--conditions=source', '--import', 'tsx', SCRIPT];
  const config = JSON.stringify(labConfig(container));
  const child = spawn(process.execPath, [...args, config, key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let session = '';
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('session ')) session = line.slice('session '.length);
    if (line === 'part 1') child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return session;
}

/** As if the process had died between the manifest and the end of its commit. */
async function touch(object: string): Promise<void> {
  const client = await labClient();
  const headers = { 'content-length': '0', [CUT_HEADER]: '8388608' };
  const at = { container: segments, object };
  await client.ask({ method: 'PUT', at, headers }, 'beginning', [201]);
  await client.close();
}
