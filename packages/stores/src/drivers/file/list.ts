import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobEntry, CallOptions } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { errnoOf, toAppError } from './failure.ts';
import { isKey, parseHiddenName } from './key.ts';

/** Calls side by side: enough to hide latency, fewer than the pool has threads. */
const STAT_BATCH = 3;

export interface ListOptions extends CallOptions {
  readonly prefix?: string;
  readonly after?: string;
}
interface Found {
  /** Key of the blob, or of the folder with its slash: so both sort as their keys do. */
  readonly key: string;
  readonly path: string;
  readonly session?: string;
}

/** Everything below the root that is a blob or an unfinished write, in the byte order of keys. Folders come one at a time. */
export async function* listFiles(root: string, o: ListOptions): AsyncGenerator<BlobEntry> {
  yield* listFolder(root, '', o);
}

async function* listFolder(
  path: string,
  folderKey: string,
  o: ListOptions,
): AsyncGenerator<BlobEntry> {
  throwIfCancelled(o.signal);
  const found = foundIn(await entriesOf(path), path, folderKey)
    .filter((each) => isWanted(each.key, o))
    .sort(byKey);
  for (let index = 0; index < found.length; ) {
    const batch = filesFrom(found, index);
    const stats = await Promise.all(batch.map((each) => statFile(each.path)));
    for (const [at, each] of batch.entries()) {
      const entry = entryOf(each, stats[at]);
      if (entry !== undefined) yield entry;
    }
    index += batch.length;
    const next = found[index];
    if (next?.key.endsWith('/') === true) {
      yield* listFolder(next.path, next.key, o);
      index += 1;
    }
  }
}

function filesFrom(found: readonly Found[], index: number): readonly Found[] {
  const batch = found.slice(index, index + STAT_BATCH);
  const folder = batch.findIndex((each) => each.key.endsWith('/'));
  return folder === -1 ? batch : batch.slice(0, folder);
}

function foundIn(entries: readonly Dirent[], path: string, folderKey: string): Found[] {
  const found: Found[] = [];
  for (const entry of entries) {
    const at = join(path, entry.name);
    const hidden = parseHiddenName(entry.name);
    if (entry.isFile() && hidden !== undefined) {
      found.push({ key: folderKey + hidden.name, path: at, session: hidden.session });
    } else if (entry.isFile() && isKey(folderKey + entry.name)) {
      found.push({ key: folderKey + entry.name, path: at });
    } else if (entry.isDirectory() && isFolderOfKeys(folderKey, entry.name)) {
      found.push({ key: `${folderKey}${entry.name}/`, path: at });
    }
  }
  return found;
}

/** ext4 keeps a folder of its own in every root, closed to everybody else. */
function isFolderOfKeys(folderKey: string, name: string): boolean {
  return isKey(folderKey + name) && (folderKey !== '' || name !== 'lost+found');
}

function isWanted(key: string, o: ListOptions): boolean {
  const isFolder = key.endsWith('/');
  const { prefix = '', after = '' } = o;
  if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) return false;
  if (after === '') return true;
  return compareKeys(key, after) > 0 || (isFolder && after.startsWith(key));
}

function byKey(a: Found, b: Found): number {
  return compareKeys(a.key, b.key) || compareKeys(a.session ?? '', b.session ?? '');
}

/** As S3 orders keys. JavaScript's own order differs above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function entryOf(found: Found, stats: Stats | undefined): BlobEntry | undefined {
  if (stats === undefined) return undefined;
  const { key, session } = found;
  const facts = { key, size: stats.size, modifiedAt: stats.mtime };
  return session === undefined
    ? { ...facts, partial: false }
    : { ...facts, partial: true, session };
}

async function entriesOf(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw toAppError(error);
  }
}

/** Undefined when it went away since the folder was read. */
async function statFile(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw toAppError(error);
  }
}
