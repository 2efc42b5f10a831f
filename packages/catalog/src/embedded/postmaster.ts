import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const run = promisify(execFile);

/** What a running server writes into its data directory. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** Lines of postmaster.pid, as `pg_ctl` reads them: 1 process id, 4 port, 8 status. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function fromPs(pid: number, column: string): Promise<string | undefined> {
  const asked = run('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { timeout: 5_000 });
  return asked.then(
    ({ stdout }) => stdout.trim() || undefined,
    () => undefined,
  );
}

/** Process ids come again after a reboot and in containers; id and start time together do not. */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return fromPs(pid, 'lstart');
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The program's name may hold spaces and brackets; the start time is field 22, the 20th after its last bracket.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') return (await fromPs(pid, 'command')) ?? '';
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

/** The live server of this data directory, not merely a process that got its id. */
export async function findPostmaster(dataDir: string): Promise<number | undefined> {
  const file = await readPostmasterFile(dataDir);
  if (file === undefined || !isAlive(file.pid)) return undefined;
  return (await commandLine(file.pid)).includes(dataDir) ? file.pid : undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Fast shutdown (SIGINT: roll back, checkpoint, leave), then immediate (SIGQUIT), then SIGKILL; each has its time. */
export async function stopPostmaster(pid: number, fastMs: number): Promise<void> {
  const gone = async (): Promise<true | undefined> =>
    (await processIdentity(pid)) === undefined ? true : undefined;
  const steps = [
    ['SIGINT', fastMs],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const;
  for (const [name, timeoutMs] of steps) {
    signal(pid, name);
    if (await until(gone, timeoutMs)) return;
  }
}

/**
 * Leaves the data directory without a server. One that outlived its process is being stopped by its guard: that gets
 * `guardMs`, then we do it. The postmaster.pid of a dead one goes, since its process id may by now be somebody else's,
 * and Postgres would wait for that one.
 */
export async function clearPostmaster(dataDir: string, guardMs: number): Promise<void> {
  const gone = async (): Promise<true | undefined> =>
    (await findPostmaster(dataDir)) === undefined ? true : undefined;
  if (!(await until(gone, guardMs))) {
    const pid = await findPostmaster(dataDir);
    if (pid !== undefined) await stopPostmaster(pid, 15_000);
  }
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}
