import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { processIdentity } from './postmaster.ts';

interface Owner {
  readonly pid: number;
  readonly identity: string;
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner: Owner = JSON.parse(text);
    return owner;
  } catch {
    return undefined;
  }
}

function inUse(dir: string, owner: Owner): EmbeddedPostgresError {
  const message = `the database in ${dir} is in use by process ${owner.pid}; stop that, or choose another directory`;
  return new EmbeddedPostgresError('in_use', message);
}

/** Throws `in_use` when the claim's owner lives; else clears it away, and only the very claim that was judged. */
async function clearDead(dir: string, path: string, mine: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const owner = parseOwner(text);
  if (owner !== undefined && (await processIdentity(owner.pid)) === owner.identity) {
    throw inUse(dir, owner);
  }
  const aside = `${mine}.dead`;
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => text);
  // Somebody cleared and claimed between our look and our move: what we hold is theirs.
  if (moved !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/**
 * Makes this process the only one that works in `dir`, for as long as it lives or until the returned function is called.
 * A claim whose process is dead counts for nothing. Throws EmbeddedPostgresError `in_use`.
 */
export async function claimDirectory(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, 'owner.json');
  const mine = `${path}.${process.pid}`;
  const identity = (await processIdentity(process.pid)) ?? '';
  await writeFile(mine, JSON.stringify({ pid: process.pid, identity }));
  try {
    for (;;) {
      // A link appears whole or fails: nobody reads half a claim.
      const claimed = await link(mine, path).then(
        () => true,
        (error) => {
          if (error.code !== 'EEXIST') throw error;
          return false;
        },
      );
      if (claimed) return () => rm(path, { force: true });
      await clearDead(dir, path, mine);
    }
  } finally {
    await rm(mine, { force: true });
  }
}
