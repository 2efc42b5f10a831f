import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from './ports.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const START_MS = 90_000;
const STOP_MS = 45_000;

interface Running {
  readonly process: ChildProcess;
  said(): string;
}

let state: string;
let port: number;
const started: Running[] = [];

function run(...args: readonly string[]): Running {
  const env = { ...process.env, PARALLAX_STATE: state, PARALLAX_PORT: String(port) };
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer) => {
    said += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const running = { process: child, said: () => said };
  started.push(running);
  return running;
}

async function until(what: string, ms: number, condition: () => boolean | Promise<boolean>) {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(50);
  }
}

async function startUp(): Promise<Running> {
  const running = run('up');
  await until('ready', START_MS, () => {
    if (running.process.exitCode !== null) throw new Error(running.said());
    return running.said().includes('ready http');
  });
  return running;
}

async function ended({ process: child }: Running): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Process ids of what runs on our state folder, except `up` itself. */
async function childrenOf(name: 'gateway' | 'worker' | 'postgres'): Promise<readonly number[]> {
  const { execFile } = await import('node:child_process');
  const listing = await new Promise<string>((resolve, reject) => {
    execFile('ps', ['-eww', '-o', 'pid=,args='], (error, out) =>
      error ? reject(error) : resolve(out),
    );
  });
  const marks = {
    gateway: `gateway/dist/main.js --config ${state}`,
    worker: `worker/dist/main.js --config ${state}`,
    postgres: `postgres -D ${state}`,
  };
  return listing
    .split('\n')
    .filter((line) => line.includes(marks[name]))
    .map((line) => Number.parseInt(line, 10));
}

async function ask(path: string, token: string): Promise<number> {
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'X-Auth-Token': token } }).then(
    (response) => response.status,
    () => 0,
  );
}

describe('parallax up', () => {
  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build first`);
    state = await mkdtemp(join(tmpdir(), 'parallax-up-'));
    port = await findFreePort('127.0.0.1');
  });
  afterAll(async () => {
    for (const { process: child } of started) child.kill('SIGTERM');
    await Promise.all(started.map(ended));
    await rm(state, { recursive: true, force: true });
  }, STOP_MS);

  it('serves with the tokens it wrote, refuses a second start, and survives the death of what it runs', {
    timeout: 240_000,
  }, async () => {
    const up = await startUp();
    const [admin, member] = await Promise.all(
      ['admin-token', 'member-token'].map(async (name) =>
        (await readFile(join(state, name), 'utf8')).trim(),
      ),
    );
    expect(await ask('/v2/images', member ?? '')).toBe(200);
    expect(await ask('/v2/images', 'wrong')).toBe(401);
    expect(await ask('/federation/v1/status', member ?? '')).toBe(403);

    const second = run('up');
    expect(await ended(second)).toBe(1);
    expect(second.said()).toContain(
      `running already: http://127.0.0.1:${port} (process ${up.process.pid})`,
    );

    const status = run('status');
    expect(await ended(status)).toBe(0);

    for (const name of ['worker', 'gateway', 'postgres'] as const) {
      const [pid] = await childrenOf(name);
      if (pid === undefined) throw new Error(`no ${name}`);
      process.kill(pid, 'SIGKILL');
      await until(`${name} runs again`, 60_000, async () => {
        const [again] = await childrenOf(name);
        return again !== undefined && again !== pid;
      });
      await until(
        `images are listed after the death of the ${name}`,
        60_000,
        async () => (await ask('/v2/images', admin ?? '')) === 200,
      );
      expect(up.said()).toMatch(new RegExp(`${name} ended.*starting it again`));
    }

    up.process.kill('SIGINT');
    expect(await ended(up)).toBe(0);
    for (const name of ['gateway', 'worker', 'postgres'] as const) {
      expect(await childrenOf(name)).toEqual([]);
    }
  });

  it('leaves nothing behind when it is killed, and starts again', {
    timeout: 240_000,
  }, async () => {
    const up = await startUp();
    up.process.kill('SIGKILL');
    for (const name of ['gateway', 'worker', 'postgres'] as const) {
      await until(`${name} is gone`, 30_000, async () => (await childrenOf(name)).length === 0);
    }
    const again = await startUp();
    again.process.kill('SIGTERM');
    expect(await ended(again)).toBe(0);
  });

  it('says which port is taken and how to choose another', { timeout: 60_000 }, async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const up = run('up');
    expect(await ended(up)).toBe(1);
    expect(up.said()).toContain(
      `port ${port} on 127.0.0.1 is in use by another program; stop that, or choose another: PARALLAX_PORT=${port + 1}`,
    );
    other.close();
    expect(await childrenOf('postgres')).toEqual([]);
  });
});
