import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseAccount, surroundings } from './account.ts';
import { locateBinaries } from './binaries.ts';
import { launch } from './launch.ts';
import { findPostmaster } from './postmaster.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start.ts';
import { until } from './until.ts';

const settings = { fsync: 'off', shared_buffers: '16MB' };

let dir: string;
let started: EmbeddedPostgres[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parallax-embedded-'));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  await rm(dir, { recursive: true, force: true });
});

async function start(port = 0): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dir, port, settings });
  started.push(server);
  return server;
}

async function ask(url: string, statement: string): Promise<readonly unknown[]> {
  const sql = postgres(url, { max: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

/** Another process that starts the server of `dir` and then waits to be killed. */
async function startElsewhere(): Promise<{ kill(): Promise<void>; url: string; pid: number }> {
  const script = fileURLToPath(new URL('start.fixture.ts', import.meta.url));
  const execArgv = ['--import', 'tsx', '--conditions=source'];
  const child = fork(script, [dir], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message] = await once(child, 'message');
  const { url, pid } = message as { url: string; pid: number };
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { kill, url, pid };
}

const gone = async (): Promise<true | undefined> =>
  (await findPostmaster(join(dir, 'data'))) === undefined ? true : undefined;

describe('startEmbeddedPostgres', () => {
  it('keeps its data over a restart', async () => {
    const first = await start();
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    const second = await start();
    await expect(ask(second.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 7 }]);
  });

  it('lets nobody in without its password, and keeps that to its owner', async () => {
    const { url } = await start();
    const stranger = new URL(url);
    stranger.password = 'guessed';
    await expect(ask(stranger.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
    await expect(readFile(join(dir, 'postgres.log'), 'utf8')).resolves.not.toContain(
      new URL(url).password,
    );
  });

  it('listens on loopback only and sorts by code point', async () => {
    const { url } = await start();
    const [row] = await ask(
      url,
      `SELECT current_setting('listen_addresses') AS hosts, 'Z' < 'a' AS sorted, upper('é') AS upper`,
    );
    expect(row).toEqual({ hosts: '127.0.0.1', sorted: true, upper: 'É' });
  });

  it('refuses a directory whose server has a live owner, and leaves that server alone', async () => {
    const { url } = await start();
    await expect(start()).rejects.toMatchObject({ reason: 'in_use' });
    await expect(ask(url, 'SELECT 1 AS n')).resolves.toEqual([{ n: 1 }]);
  });

  it('names the port when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start(port)).rejects.toMatchObject({ reason: 'port_in_use' });
    other.close();
  });

  it('shows the words of a server that will not start, and can be started after', async () => {
    const wrong = { ...settings, shared_buffers: 'much' };
    await expect(startEmbeddedPostgres({ dir, settings: wrong })).rejects.toMatchObject({
      reason: 'failed',
      message: expect.stringContaining('shared_buffers'),
    });
    await expect(start()).resolves.toMatchObject({ port: expect.any(Number) });
  });

  it('starts again after the server was killed, with all that was committed', async () => {
    const first = await start();
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start();
    await expect(ask(second.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 7 }]);
  });

  it('is not misled by a stale postmaster.pid whose number is a living stranger', async () => {
    await (await start()).stop();
    const stale = [process.ppid, join(dir, 'data'), 0, 5432, '', '127.0.0.1', '', 'ready'];
    await writeFile(join(dir, 'data/postmaster.pid'), `${stale.join('\n')}\n`);
    await expect(start()).resolves.toMatchObject({ port: expect.any(Number) });
  });

  it('ends when its process is killed, and starts again at once', async () => {
    const elsewhere = await startElsewhere();
    await ask(elsewhere.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await elsewhere.kill();
    await expect(until(gone, 10_000)).resolves.toBe(true);
    const here = await start();
    await expect(ask(here.url, 'SELECT n FROM kept')).resolves.toEqual([{ n: 7 }]);
  });

  it('stops a server that nobody guards any more, then starts its own', async () => {
    await (await start()).stop();
    const dataDir = join(dir, 'data');
    const binaries = await locateBinaries(join(dir, 'lib'));
    const account = await chooseAccount(surroundings(dataDir, binaries.postgres));
    const log = join(dir, 'postgres.log');
    const orphan = await launch({ dataDir, binaries, account, log, port: 0, settings });
    const here = await start();
    await orphan.exited;
    expect(here.pid).not.toBe(orphan.pid);
  });
});
