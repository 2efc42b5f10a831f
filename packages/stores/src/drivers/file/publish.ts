import type { BigIntStats } from 'node:fs';
import { link, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, passKillPoint } from '@parallax/core';
import { errnoOf, toAppError } from './failure.ts';
import { syncFolder, unlinkIfThere } from './folder.ts';
import { requirePlace } from './identity.ts';
import { hiddenName, type Spot } from './key.ts';

/** Where an unfinished write lies and what it will be. */
export class Place {
  readonly root: string;
  readonly key: string;
  readonly session: string;
  readonly target: string;
  readonly hidden: string;
  readonly #folder: string;

  constructor(root: string, spot: Spot, session: string) {
    this.root = root;
    this.key = spot.key;
    this.session = session;
    this.target = spot.path;
    this.hidden = join(spot.folder, hiddenName(spot.name, session));
    this.#folder = spot.folder;
  }

  syncFolder(): Promise<void> {
    return syncFolder(this.#folder);
  }
}

/**
 * Gives the synced hidden file its name, create-only, and takes the hidden one away.
 * The second folder sync keeps a power cut from bringing the hidden name back beside an acknowledged blob.
 */
export async function publish(place: Place, file: BigIntStats): Promise<void> {
  passKillPoint('file.synced');
  await linkOnce(place, file);
  passKillPoint('file.linked');
  try {
    await place.syncFolder();
    await unlinkIfThere(place.hidden);
    passKillPoint('file.unhidden');
    await place.syncFolder();
  } catch (error) {
    // The hidden name may be gone already, so the target is taken away by its own name.
    await unlinkIfThere(place.target);
    await unlinkIfThere(place.hidden);
    throw toAppError(error);
  }
}

/** Removes the hidden file, and its other name when a commit died between the two. */
export async function withdraw(place: Place): Promise<void> {
  const hidden = await statIfThere(place.hidden);
  if (hidden === undefined) {
    await requirePlace(place.root);
    return;
  }
  if (hidden.nlink > 1n && isSame(hidden, await statIfThere(place.target))) {
    await unlinkIfThere(place.target);
  }
  await unlinkIfThere(place.hidden);
  await place.syncFolder();
}

async function linkOnce(place: Place, file: BigIntStats): Promise<void> {
  try {
    await link(place.hidden, place.target);
  } catch (error) {
    const errno = errnoOf(error);
    // Our own link: a commit that died after it is gone on with, and NFS may answer so to a repeated request.
    if (errno === 'EEXIST' && isSame(file, await statIfThere(place.target))) return;
    if (errno !== 'ENOENT') throw toAppError(error);
    await requirePlace(place.root);
    throw new AppError('store_failed', 'the unfinished write was removed', { cause: error });
  }
}

async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw toAppError(error);
  }
}

function isSame(a: BigIntStats, b: BigIntStats | undefined): boolean {
  return a.ino === b?.ino && a.dev === b.dev;
}
