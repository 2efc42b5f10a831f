import { AppError, isAppError } from '@parallax/core';
import { unless } from '../../ceph/failure.ts';
import { OpenImage } from '../../ceph/image.ts';
import { type DisposeOptions, disposeImage, requireNoClones } from './dispose.ts';
import { hiddenName, hiddenPrefix, imageName } from './key.ts';
import { sessionsOf } from './list.ts';
import { SNAPSHOT } from './location.ts';
import { foreignSession, idOf, renameImage, settleName, unlinkName } from './names.ts';
import type { RbdPlace } from './place.ts';
import { SESSION_KEY } from './publish.ts';

interface FoundBlob {
  readonly id: string;
  readonly session: string;
}

/**
 * Removes unfinished writes and the blob of a key. The blob loses its name first and is an unfinished write from then on: killed
 * anywhere, what is left is listed and removed as one. Idempotent; `in_use`, and the blob stays as it is, while it has clones.
 */
export async function removeKey(place: RbdPlace, key: string, o: DisposeOptions): Promise<void> {
  for (const session of await sessionsOf(place, { key, prefix: hiddenPrefix(key) }, o)) {
    if (await isUnfinished(place, key, session)) {
      await disposeImage(place, hiddenName(key, session), o);
    }
  }
  const name = imageName(key);
  const id = await idOf(place, name);
  if (id === undefined) return;
  const blob = await findBlob(place, name);
  if (blob === undefined) return unlinkStray(place, name, id);
  await requireNoClones(place, name);
  await removeBlob(place, { key, ...blob }, o);
}

/** False when the renaming of its commit had come so far that it is the blob. */
export async function isUnfinished(
  place: RbdPlace,
  key: string,
  session: string,
): Promise<boolean> {
  const hidden = hiddenName(key, session);
  const name = imageName(key);
  const id = await idOf(place, hidden);
  if (id === undefined || (await idOf(place, name)) !== id) return true;
  return (await settleName(place, { names: [hidden, name], id })) === hidden;
}

async function removeBlob(
  place: RbdPlace,
  { key, id, session }: FoundBlob & { readonly key: string },
  o: DisposeOptions,
): Promise<void> {
  const name = imageName(key);
  const hidden = hiddenName(key, session);
  if ((await idOf(place, hidden)) === id) {
    await settleName(place, { names: [hidden, name], id });
  }
  if (!(await renameImage(place, { from: name, to: hidden, id }))) {
    throw new AppError('store_failed', 'another image has the name that removal needs');
  }
  try {
    await disposeImage(place, hidden, o);
  } catch (error) {
    if (isAppError(error, 'in_use')) await restore(place, { from: hidden, to: name, id });
    throw error;
  }
}

/** Somebody cloned it at the last moment: its snapshot is protected still, so it is the blob again. */
async function restore(
  place: RbdPlace,
  names: { readonly from: string; readonly to: string; readonly id: string },
): Promise<void> {
  const { connection, at } = place;
  const whole = await OpenImage.open(connection, {
    at,
    name: names.from,
    snapshot: SNAPSHOT,
  }).catch(unless('ENOENT'));
  if (whole === undefined) return;
  await whole.close();
  await renameImage(place, names);
}

/** Undefined when the image has no snapshot of ours: then it is somebody else's. */
async function findBlob(place: RbdPlace, name: string): Promise<FoundBlob | undefined> {
  const { connection, at } = place;
  const image = await OpenImage.open(connection, { at, name, snapshot: SNAPSHOT }).catch(
    unless('ENOENT'),
  );
  if (image === undefined) return undefined;
  try {
    const found = await image.call('metadataGet', { key: SESSION_KEY }).catch(unless('ENOENT'));
    return { id: image.id, session: found?.answer.value ?? foreignSession(image.id) };
  } finally {
    await image.close();
  }
}

/** What leads to an image that is gone was left by a renaming that died. */
async function unlinkStray(place: RbdPlace, name: string, id: string): Promise<void> {
  const { connection, at } = place;
  const listed = await connection.call('directoryName', { at, id }).catch(unless('ENOENT'));
  if (listed === undefined) await unlinkName(place, name, id);
}
