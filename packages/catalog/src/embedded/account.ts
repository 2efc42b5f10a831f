import { execFile } from 'node:child_process';
import { chown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const run = promisify(execFile);

/** Who runs the server: Postgres refuses to be root. */
export type Account =
  | { readonly kind: 'self' }
  /** Root outside, nobody special inside: files stay root's, and no user has to exist. */
  | { readonly kind: 'namespace' }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number };

export interface Invocation {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
}

/** A fixed path: the server must not depend on, nor see, the environment of who started it. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const NAMESPACE = ['-U', '--map-user=1000', '--map-group=1000', '--'];

/** How `account` starts a program. `unshare` replaces itself, so the process id is the program's own. */
export function invoke(account: Account, file: string, args: readonly string[]): Invocation {
  switch (account.kind) {
    case 'self':
      return { file, args, options: {} };
    case 'namespace':
      return { file: 'unshare', args: [...NAMESPACE, file, ...args], options: {} };
    case 'user':
      return { file, args, options: { uid: account.uid, gid: account.gid } };
  }
}

/** Facts about this machine, so that the choice can be tested without being root. */
export interface Surroundings {
  readonly isRoot: boolean;
  /** Owner of the data directory, if there is one. */
  owner(): Promise<{ uid: number; gid: number } | undefined>;
  namespaceWorks(): Promise<boolean>;
  postgresUser(): Promise<{ uid: number; gid: number } | undefined>;
}

/** The server must own its data, so an existing directory decides; a new one takes what works with the least. */
export async function chooseAccount(here: Surroundings): Promise<Account> {
  if (!here.isRoot) return { kind: 'self' };
  const owner = await here.owner();
  if (owner !== undefined && owner.uid !== 0) return { kind: 'user', ...owner };
  if (await here.namespaceWorks()) return { kind: 'namespace' };
  const user = await here.postgresUser();
  if (user !== undefined) return { kind: 'user', ...user };
  throw new EmbeddedPostgresError(
    'root_refused',
    'Postgres does not run as root, user namespaces are not allowed here and there is no user "postgres"; start as another user, create that user, or give the URL of a Postgres server',
  );
}

/** What this machine offers for a server whose data lies in `dataDir`. `probe` is a program of the server. */
export function surroundings(dataDir: string, probe: string): Surroundings {
  const succeeds = (file: string, args: readonly string[]): Promise<boolean> =>
    run(file, [...args], { timeout: 10_000, env: { PATH: SYSTEM_PATH } }).then(
      () => true,
      () => false,
    );
  const number = async (flag: string): Promise<number> =>
    Number((await run('id', [flag, 'postgres'], { timeout: 10_000 })).stdout);
  return {
    isRoot: process.getuid?.() === 0,
    owner: () =>
      stat(dataDir).then(
        ({ uid, gid }) => ({ uid, gid }),
        () => undefined,
      ),
    // Any program would prove the namespace; one of the server's also proves that it can be reached from there.
    namespaceWorks: () =>
      succeeds('unshare', [...NAMESPACE, '/bin/sh', '-c', `test -x "$0"`, probe]),
    postgresUser: () =>
      Promise.all([number('-u'), number('-g')]).then(
        ([uid, gid]) => ({ uid, gid }),
        () => undefined,
      ),
  };
}

/** Gives `path` and all below it to the account, when that is somebody else. A folder goes last: one that is theirs is done. */
export async function handOver(account: Account, path: string): Promise<void> {
  if (account.kind !== 'user') return;
  const found = await stat(path);
  if (found.uid === account.uid) return;
  const names = found.isDirectory() ? await readdir(path) : [];
  for (const name of names) await handOver(account, join(path, name));
  await chown(path, account.uid, account.gid);
}
