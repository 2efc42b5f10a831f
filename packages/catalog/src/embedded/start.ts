import { chmod, mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chooseAccount, surroundings } from './account.ts';
import { locateBinaries } from './binaries.ts';
import { claimDirectory } from './claim.ts';
import { ensureCluster, ensurePassword, SUPERUSER } from './cluster.ts';
import { guardPostmaster } from './guard.ts';
import { type Launched, launch } from './launch.ts';
import { clearPostmaster, stopPostmaster } from './postmaster.ts';

const STOP_MS = 15_000;
/** What the guard of a killed process gets to stop its server before we do. */
const GUARD_MS = 2_000;

export interface EmbeddedPostgresOptions {
  /** Holds the data, the password and the log; made when absent. One server per directory. */
  readonly dir: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Path of the server's log; `postgres.log` in `dir` unless given. */
  readonly log?: string;
  /** Server settings by name, e.g. `{ fsync: 'off' }` for data nobody will miss. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** With user and password; never for a log. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, whoever ended it. */
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions roll back. Idempotent; after 15 s the server is ended without ceremony. */
  stop(): Promise<void>;
}

async function prepareAndLaunch(dir: string, options: EmbeddedPostgresOptions): Promise<Launched> {
  const dataDir = join(dir, 'data');
  const settings = options.settings ?? {};
  const binaries = await locateBinaries(join(dir, 'lib'));
  const account = await chooseAccount(surroundings(dataDir, binaries.postgres));
  // Another user must be able to pass through; what lies in the directory stays unreadable to others.
  if (account.kind === 'user') await chmod(dir, 0o711);
  await clearPostmaster(dataDir, GUARD_MS);
  await ensureCluster({ dir, dataDir, binaries, account, sync: settings['fsync'] !== 'off' });
  const log = resolve(options.log ?? join(dir, 'postgres.log'));
  return launch({ dataDir, binaries, account, log, port: options.port ?? 0, settings });
}

/**
 * A real Postgres on 127.0.0.1, from the binaries npm installed. Data in `dir` survives restarts and kills; fsync is on
 * unless `settings` say otherwise. Works as root and without install scripts. The server ends with this process, even when
 * that is killed; should it outlive it, the next start in `dir` stops it first. Throws EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const dir = await realpath(options.dir);
  const release = await claimDirectory(dir);
  const server = await prepareAndLaunch(dir, options).catch(async (error) => {
    await release();
    throw error;
  });
  const guard = guardPostmaster(server.pid);
  const exited = server.exited.then(() => {
    guard.kill('SIGKILL');
    return release();
  });
  let stopping: Promise<void> | undefined;
  return {
    url: `postgres://${SUPERUSER}:${await ensurePassword(dir)}@127.0.0.1:${server.port}/postgres`,
    port: server.port,
    pid: server.pid,
    exited,
    stop: () => {
      stopping ??= stopPostmaster(server.pid, STOP_MS).then(() => exited);
      return stopping;
    },
  };
}
