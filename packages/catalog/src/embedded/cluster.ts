import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, handOver, invoke, SYSTEM_PATH } from './account.ts';
import type { Binaries } from './binaries.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const run = promisify(execFile);

export const SUPERUSER = 'parallax';

const INITDB = [
  `--username=${SUPERUSER}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  // Code point order with Unicode case rules: the same list order on every machine, whatever its C library.
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
];

export interface ClusterOptions {
  readonly dir: string;
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly sync: boolean;
}

/** Environment of the server's programs: nothing of ours, so no credential leaks into it. */
export function serverEnvironment(binaries: Binaries): Record<string, string> {
  const loader = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  const found = binaries.libraryPath;
  return { PATH: SYSTEM_PATH, TZ: 'UTC', ...(found === undefined ? {} : { [loader]: found }) };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The superuser's password: random, made once, readable by its owner only. */
export async function ensurePassword(dir: string): Promise<string> {
  const path = join(dir, 'password');
  if (!(await exists(path))) {
    const attempt = `${path}.new`;
    await writeFile(attempt, randomBytes(24).toString('base64url'), { mode: 0o600 });
    await rename(attempt, path);
  }
  return (await readFile(path, 'utf8')).trim();
}

/** Makes the data directory, once, by the holder of the claim. It appears whole or not at all, so a kill leaves nothing to mend. */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { dir, dataDir, binaries, account } = options;
  if (await exists(join(dataDir, 'PG_VERSION'))) return handOver(account, dataDir);
  const attempt = `${dataDir}.new`;
  const pwfile = `${attempt}.password`;
  await rm(attempt, { recursive: true, force: true });
  await mkdir(attempt, { mode: 0o700 });
  await writeFile(pwfile, await ensurePassword(dir), { mode: 0o600 });
  try {
    for (const path of [attempt, pwfile]) await handOver(account, path);
    const args = [...INITDB, `--pwfile=${pwfile}`, `--pgdata=${attempt}`];
    if (!options.sync) args.push('--no-sync');
    const how = invoke(account, binaries.initdb, args);
    const env = serverEnvironment(binaries);
    await run(how.file, [...how.args], { ...how.options, env, cwd: dir, timeout: 120_000 });
    await rename(attempt, dataDir);
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : cause;
    const hint =
      account.kind === 'user' ? ` (the user with id ${account.uid} must be able to get there)` : '';
    const message = `cannot create the database in ${dataDir}${hint}: ${said}`;
    throw new EmbeddedPostgresError('failed', message, { cause });
  } finally {
    await rm(pwfile, { force: true });
    await rm(attempt, { recursive: true, force: true });
  }
}
