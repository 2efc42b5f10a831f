import type { BlobEntry, CallOptions } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { unless } from '../../ceph/failure.ts';
import { OpenImage } from '../../ceph/image.ts';
import { keyOfName, parseHiddenName } from './key.ts';
import { SNAPSHOT } from './location.ts';
import { namesOf } from './names.ts';
import type { RbdPlace } from './place.ts';

/** Images opened side by side: how large one is stands in the image. */
const BATCH = 8;

export interface ListOptions extends CallOptions {
  readonly prefix?: string;
  readonly after?: string;
}
interface Named {
  readonly name: string;
  readonly key: string;
  readonly session?: string;
}

/** Blobs and unfinished writes. Images of others, without our snapshot, are neither. */
export async function* listImages(place: RbdPlace, o: ListOptions): AsyncGenerator<BlobEntry> {
  const found: Named[] = [];
  for await (const name of namesOf(place, '', o)) {
    const named = namedOf(name);
    if (named !== undefined && isWanted(named.key, o)) found.push(named);
  }
  found.sort(byKey);
  for (let at = 0; at < found.length; at += BATCH) {
    throwIfCancelled(o.signal);
    const batch = found.slice(at, at + BATCH);
    for (const entry of await Promise.all(batch.map((each) => entryOf(place, each)))) {
      if (entry !== undefined) yield entry;
    }
  }
}

/** Unfinished writes of one key. */
export async function sessionsOf(
  place: RbdPlace,
  { key, prefix }: { readonly key: string; readonly prefix: string },
  o: CallOptions,
): Promise<readonly string[]> {
  const sessions: string[] = [];
  for await (const name of namesOf(place, prefix, o)) {
    const hidden = parseHiddenName(name);
    if (hidden?.key === key) sessions.push(hidden.session);
  }
  return sessions;
}

function namedOf(name: string): Named | undefined {
  const hidden = parseHiddenName(name);
  if (hidden !== undefined) return { name, ...hidden };
  const key = keyOfName(name);
  return key === undefined ? undefined : { name, key };
}

function isWanted(key: string, { prefix = '', after = '' }: ListOptions): boolean {
  return key.startsWith(prefix) && (after === '' || compare(key, after) > 0);
}

function byKey(a: Named, b: Named): number {
  return compare(a.key, b.key) || compare(a.session ?? '', b.session ?? '');
}

/** As S3 orders keys. JavaScript's own order differs above U+FFFF. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Undefined when it is no blob, or went away since the directory was read. */
async function entryOf(
  place: RbdPlace,
  { name, key, session }: Named,
): Promise<BlobEntry | undefined> {
  const { connection, at } = place;
  const snapshot = session === undefined ? SNAPSHOT : undefined;
  const args = { at, name, snapshot, isReadOnly: true };
  const image = await OpenImage.open(connection, args).catch(unless('ENOENT'));
  // An image whose making or removal was cut short has a name and nothing else.
  if (image === undefined) {
    return session === undefined ? undefined : { key, size: 0, partial: true, session };
  }
  await image.close();
  const facts = { key, size: image.size, modifiedAt: image.createdAt };
  return session === undefined
    ? { ...facts, partial: false }
    : { ...facts, partial: true, session };
}
