import { AppError } from '@parallax/core';
import { unless } from '../../ceph/failure.ts';
import type { OpenImage } from '../../ceph/image.ts';
import { imageName } from './key.ts';
import { SNAPSHOT } from './location.ts';
import { renameImage } from './names.ts';
import type { RbdPlace } from './place.ts';

/** Kept with the image: by it a name that a dead process left behind is found. */
export const SESSION_KEY = 'parallax_session';

/**
 * Makes an unfinished image the blob: a protected snapshot first, its name last, so that whatever has the key's name is whole. Killed
 * in between, it is an unfinished write still. `conflict` when the key came to exist.
 */
export async function publishImage(
  place: RbdPlace,
  image: OpenImage,
  { key, hidden }: { readonly key: string; readonly hidden: string },
): Promise<void> {
  const { id } = image;
  await image.call('snapshotCreate', { name: SNAPSHOT }).catch(unless('EEXIST'));
  await image.call('snapshotProtect', { name: SNAPSHOT }).catch(unless('EBUSY'));
  // Renamed under its lock: whoever takes the write over in this moment shuts us out.
  const isOurs = await renameImage(place, { from: hidden, to: imageName(key), id, open: image });
  await image.close();
  if (!isOurs) throw new AppError('conflict', 'the key exists');
}
