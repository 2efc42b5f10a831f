import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { processIdentity } from '@parallax/catalog/embedded';
import { CliError } from '../exit-codes.ts';

interface Holder {
  readonly pid: number;
  /** Start time of the process, because process ids come again. */
  readonly identity: string;
  readonly url: string;
}

function parseHolder(text: string): Holder | undefined {
  try {
    // Written by `claim` below, whole or not at all; anything else counts as dead.
    const holder: Partial<Holder> | null = JSON.parse(text);
    if (typeof holder?.pid !== 'number' || typeof holder.identity !== 'string') return undefined;
    return { pid: holder.pid, identity: holder.identity, url: String(holder.url) };
  } catch {
    return undefined;
  }
}

/** Address of the live `up` of a state folder. */
export async function runningUrl(path: string): Promise<string | undefined> {
  const holder = parseHolder(await readFile(path, 'utf8').catch(() => ''));
  if (holder === undefined) return undefined;
  return (await processIdentity(holder.pid)) === holder.identity ? holder.url : undefined;
}

async function removeDead(path: string, mine: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder !== undefined && (await processIdentity(holder.pid)) === holder.identity) {
    throw new CliError(`parallax is running already: ${holder.url} (process ${holder.pid})`);
  }
  const aside = `${mine}.dead`;
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => text);
  // Another start cleared and claimed between our look and our move: what we hold is its claim.
  if (moved !== text) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

/** Makes this process the only `up` of a state folder until it ends, killed or not. The returned function gives it back. */
export async function claim(path: string, url: string): Promise<() => Promise<void>> {
  const mine = `${path}.${process.pid}`;
  const identity = (await processIdentity(process.pid)) ?? '';
  await writeFile(mine, JSON.stringify({ pid: process.pid, identity, url }));
  try {
    for (;;) {
      try {
        await link(mine, path); // Appears whole or fails: nobody reads half a claim.
        return () => rm(path, { force: true });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      await removeDead(path, mine);
    }
  } finally {
    await rm(mine, { force: true });
  }
}
