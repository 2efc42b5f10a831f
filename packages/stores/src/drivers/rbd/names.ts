import { createHash } from 'node:crypto';
import type { CallOptions } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { isErrno, unless } from '../../ceph/failure.ts';
import type { OpenImage } from '../../ceph/image.ts';
import type { RbdPlace } from './place.ts';

const PAGE = 500;

interface Renaming {
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly open?: OpenImage;
}

/** The id of the image with that name; undefined when there is none. */
export async function idOf(place: RbdPlace, name: string): Promise<string | undefined> {
  const { connection, at } = place;
  return (await connection.call('imageId', { at, name }).catch(notThere))?.id;
}

/** Names of images that begin with `prefix`, in the byte order of UTF-8. */
export async function* namesOf(
  { connection, at }: RbdPlace,
  prefix: string,
  o: CallOptions,
): AsyncGenerator<string> {
  // What sorts directly before the prefix: the directory lists names after one, and the prefix may be a name itself.
  let after = prefix.slice(0, -1);
  for (;;) {
    throwIfCancelled(o.signal);
    const { names } = await connection.call('directoryList', { at, after, limit: PAGE });
    for (const name of names) {
      if (name.startsWith(prefix)) yield name;
      else if (Buffer.compare(Buffer.from(name), Buffer.from(prefix)) > 0) return;
    }
    const last = names.at(-1);
    if (last === undefined || names.length < PAGE) return;
    after = last;
  }
}

/**
 * Gives an image another name, where nothing has it yet: false, and nothing changed, when another image has it. `id` is the image's. A
 * renaming that a dead process began is finished. Of an image that is `open` it is done under its lock.
 */
export async function renameImage(
  place: RbdPlace,
  { from, to, id, open }: Renaming,
): Promise<boolean> {
  const { connection, at } = place;
  for (;;) {
    try {
      const args = { at, from, to };
      await (open?.callBeside('rename', args) ?? connection.call('rename', args));
      // Also when another image got the name in this moment, librbd says that all is well.
      return (await idOf(place, to)) === id;
    } catch (error) {
      // Another process has ended the same commit.
      if (isErrno(error, 'ENOENT') && (await idOf(place, to)) === id) return true;
      if (!isErrno(error, 'EEXIST')) throw error;
      if ((await idOf(place, to)) !== id) return false;
      if ((await settleName(place, { names: [from, to], id })) === to) return true;
    }
  }
}

/**
 * librbd renames in three steps: the new name leads to the image, the directory lists it, the old name goes. A process that died in
 * between leaves both names; what the directory says is made true. Returns the name that stays.
 */
export async function settleName(
  place: RbdPlace,
  { names, id }: { readonly names: readonly string[]; readonly id: string },
): Promise<string> {
  const { connection, at } = place;
  const { name: kept } = await connection.call('directoryName', { at, id });
  for (const name of names) {
    if (name !== kept) await unlinkName(place, name, id);
  }
  return kept;
}

/** Removes what leads from a name to the image `id`, if it does; the image stays. */
export async function unlinkName(place: RbdPlace, name: string, id: string): Promise<void> {
  if ((await idOf(place, name)) !== id) return;
  const { connection, at } = place;
  await connection.call('objectRemove', { at, name: `rbd_id.${name}` }).catch(unless('ENOENT'));
}

/** The session of an image that did not come from us: always the same, so that a removal that died is found again. */
export function foreignSession(id: string): string {
  return createHash('md5').update(id).digest('hex');
}

function notThere(error: unknown): undefined {
  if (isErrno(error, 'ENOENT') && error.code === 'not_found') return undefined;
  throw error;
}
