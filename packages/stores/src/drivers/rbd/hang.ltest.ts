import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { labService } from '../../testing/index.ts';
import { bytesOf, crashPlace, offsetsOf } from './crash.fixture.ts';
import { labConfig } from './lab.fixture.ts';
import { RbdStore } from './store.ts';

const WRITER = fileURLToPath(new URL('./writer-process.fixture.ts', import.meta.url));
const BRIEF = { connect_timeout_ms: 2000, op_timeout_ms: 2000, deadline_ms: 20_000 };

describe.skipIf(labService('ceph') === undefined)('a child of rbd that does not answer', () => {
  const at = crashPlace();

  it('is killed at its deadline when it was stopped, and replaced', async () => {
    // The lab's machine may be slow: only this store's deadline is near.
    const store = await at.place.open({ op_timeout_ms: 2000, deadline_ms: 11_000 });
    const { pid } = at.children;
    process.kill(pid, 'SIGSTOP');
    const failed = { code: 'unavailable', message: 'the cluster did not answer in time' };
    await expect(store.freeBytes()).rejects.toMatchObject(failed);
    await waitForEnd(pid);
    expect(await store.freeBytes()).toBeGreaterThan(0);
    expect(at.children.pid).not.toBe(pid);
  });

  it('is not started over and over when it dies over and over', async () => {
    const store = new RbdStore('rbd', labConfig(at.place.namespace));
    for (let calls = 0; calls < 20; calls += 1) {
      at.children.killAt('connect', 'before');
      await expect(store.readIdentity()).rejects.toMatchObject({ code: 'unavailable' });
    }
    expect(at.children.seen.size).toBe(4);
    await expect(store.readIdentity()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the process that talks to the cluster has ended',
      retryAfterMs: expect.any(Number),
    });
    at.children.release();
    const { now } = performance;
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 10_000);
    expect(await store.readIdentity()).toMatch(/^[0-9a-f-]{36}$/);
    await store.close();
  });

  it('leaves when its parent is killed, and its write is resumed', async () => {
    const key = 'orphan';
    const args = ['--conditions=source', '--import', 'tsx', WRITER];
    const config = JSON.stringify(labConfig(at.place.namespace));
    const parent = spawn(process.execPath, [...args, config, key], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const [session = '', pid = ''] = line.split(' ');
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    parent.kill('SIGKILL');
    await waitForEnd(Number(pid));

    const store = await at.place.open();
    const resumed = offsetsOf(await store.resume(key, session));
    await resumed.writeAt(1000, [Buffer.alloc(1000, 2)]);
    await resumed.commit([], { size: 2000 });
    const expected = Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(1000, 2)]);
    expect((await bytesOf(store, key)).equals(expected)).toBe(true);
    await store.remove(key);
    await at.place.expectNothing();
  });

  it('says in time that a monitor does not answer, whoever asks', async () => {
    const sockets = new Set<Socket>();
    const sink = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
    }).listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const address = sink.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const conf = { mon_host: `[v2:127.0.0.1:${port}]` };
    const store = new RbdStore('rbd', labConfig('nowhere', { ...BRIEF, conf }));
    const asked = [store.stat('x'), store.open('x'), store.begin('x'), store.remove('x')];
    for (const each of await Promise.allSettled<unknown>(asked)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
    expect(sockets.size).toBeGreaterThan(0);
    await store.close();
    for (const child of at.children.seen) await child.ended;
    for (const socket of sockets) socket.destroy();
    sink.close();
  });

  it('says in time that nobody listens where the monitor should be', async () => {
    const conf = { mon_host: '[v2:127.0.0.1:9]' };
    const store = new RbdStore('rbd', labConfig('nowhere', { ...BRIEF, conf }));
    await expect(store.readIdentity()).rejects.toMatchObject({ code: 'unavailable' });
    await store.close();
  });
});

/** Gone, or dead and not yet waited for. */
async function waitForEnd(pid: number): Promise<void> {
  await vi.waitFor(() => expect(existsSync(`/proc/${pid}/exe`)).toBe(false), {
    timeout: 20_000,
    interval: 50,
  });
}
