import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, invoke } from './account.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './cluster.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { readPostmasterFile } from './postmaster.ts';
import { until } from './until.ts';

/** Long enough to replay the log of a crash. */
const READY_MS = 120_000;
const ATTEMPTS = 20;

export interface LaunchOptions {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly log: string;
  /** 0: any free port. */
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface Launched {
  readonly pid: number;
  readonly port: number;
  readonly exited: Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port in address');
  return address.port;
}

function serverArguments(options: LaunchOptions, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A table that was empty a minute ago is planned for as if it still were, and a list then reads all of it.
    autovacuum_naptime: '5s',
    ...options.settings,
    port: String(port),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', options.dataDir, ...flags];
}

async function spawnServer(options: LaunchOptions, port: number): Promise<ChildProcess> {
  const how = invoke(options.account, options.binaries.postgres, serverArguments(options, port));
  const log = await open(options.log, 'a', 0o600);
  try {
    const child = spawn(how.file, [...how.args], {
      ...how.options,
      cwd: options.dataDir,
      env: serverEnvironment(options.binaries),
      stdio: ['ignore', log.fd, log.fd],
      // Its own session: a Ctrl-C in the terminal is ours to handle, and the server goes last.
      detached: true,
    });
    // A failed spawn shows as a missing process id below; without a listener it would end this process.
    child.on('error', () => {});
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

type Outcome = 'ready' | 'ended';

async function waitReady(child: ChildProcess, dataDir: string): Promise<Outcome | undefined> {
  return until<Outcome>(async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
      return 'ended';
    const file = await readPostmasterFile(dataDir);
    return file?.ready === true && file.pid === child.pid ? 'ready' : undefined;
  }, READY_MS);
}

/** Starts the server and waits until it takes connections. */
export async function launch(options: LaunchOptions): Promise<Launched> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 0 ? await freePort() : options.port;
    const logged = await stat(options.log).then(
      ({ size }) => size,
      () => 0,
    );
    const child = await spawnServer(options, port);
    const exited = new Promise<void>((done) => child.once('exit', () => done()));
    const outcome = await waitReady(child, options.dataDir);
    if (outcome === 'ready' && child.pid !== undefined) return { pid: child.pid, port, exited };
    child.kill('SIGQUIT');
    const said = (await readFile(options.log)).subarray(logged).toString();
    const portTaken = said.includes('Address already in use');
    if (portTaken && options.port !== 0) {
      const message = `port ${port} of 127.0.0.1 is taken; choose another port for the database`;
      throw new EmbeddedPostgresError('port_in_use', message);
    }
    // Children of a killed server leave a moment after it; until then its shared memory is in use.
    const lingering = said.includes('shared memory block') && said.includes('still in use');
    if (attempt === ATTEMPTS || !(portTaken || lingering)) {
      const last = said.trim().split('\n').slice(-5).join('\n');
      const why =
        outcome === undefined ? `not ready after ${READY_MS / 1000} s` : 'it ended at once';
      throw new EmbeddedPostgresError('failed', `the database did not start, ${why}:\n${last}`);
    }
    if (lingering) await sleep(500);
  }
}
