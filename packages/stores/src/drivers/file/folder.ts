import { constants } from 'node:fs';
import { lstat, mkdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '@parallax/core';
import { errnoOf, rethrow, toAppError } from './failure.ts';
import type { Spot } from './key.ts';
import { OpenFile } from './open-file.ts';

/** Names in the folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await OpenFile.open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch(
    rethrow,
  );
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes the folders of a key below a root that must be there, each durable in its parent; `durable` remembers which are. */
export async function makeFolders(spot: Spot, durable: Set<string>): Promise<void> {
  for (const folder of spot.folders) {
    const isThere = await isFolder(folder);
    if (isThere && durable.has(folder)) continue;
    if (!isThere) await makeFolder(folder);
    // Also when another process made it: that one may have died before its own sync.
    await syncFolder(dirname(folder));
    durable.add(folder);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o750 });
  } catch (error) {
    // Another process made it, or it is no folder: a link could lead out of the root.
    if (errnoOf(error) !== 'EEXIST') throw toAppError(error);
    if (await isFolder(path)) return;
    throw new AppError('store_failed', 'a folder of the key is something else', { cause: error });
  }
}

/** False when a folder of the key is missing, or is a link that could lead out of the root. */
export async function hasFolders(spot: Spot): Promise<boolean> {
  for (const folder of spot.folders) {
    if (!(await isFolder(folder))) return false;
  }
  return true;
}

/** True when there was something to remove. */
export async function unlinkIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return false;
    throw toAppError(error);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw toAppError(error);
  }
}
