import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { CallOptions, PartReceipt } from '@parallax/core';
import type { SwiftClient } from './client.ts';
import { type BlobSpot, isSession, segmentName } from './key.ts';
import { type Listed, listing } from './listing.ts';

const DELETES = 8;
const INDEX = /^\d{6}$/;
/** Hashing more than this at a stretch would hold up every other request of the process. */
const HASH_STRETCH_BYTES = 4 * 2 ** 20;

/** What the store itself says it has of one unfinished write. */
export async function listSegments(
  client: SwiftClient,
  spot: BlobSpot,
  o: { readonly session: string } & CallOptions,
): Promise<readonly PartReceipt[]> {
  const prefix = `${spot.prefix}${o.session}/`;
  const receipts: PartReceipt[] = [];
  for await (const { name, bytes, hash } of listing(client, spot.segments, { ...o, prefix })) {
    const index = name.slice(prefix.length);
    if (INDEX.test(index)) receipts.push({ index: Number(index), bytes, etag: hash });
  }
  return receipts;
}

/** Deletes segments of exactly this key: of one session, or of all. What is not there any more is no failure. */
export async function deleteSegments(
  client: SwiftClient,
  spot: BlobSpot,
  o: { readonly session?: string; readonly known?: Iterable<number> } & CallOptions,
): Promise<void> {
  const { session, known = [] } = o;
  const names = new Set<string>();
  // Listings may lag behind what this process wrote itself.
  if (session !== undefined) {
    for (const index of known) names.add(segmentName(spot.prefix, session, index));
  }
  const prefix = session === undefined ? spot.prefix : `${spot.prefix}${session}/`;
  try {
    for await (const line of listing(client, spot.segments, { prefix, signal: o.signal })) {
      if (isOwn(line, spot)) names.add(line.name);
    }
  } catch (error) {
    // A container that is gone has no segments.
    if (!isNotFound(error)) throw error;
  }
  await deleteObjects(client, spot, [...names]);
}

async function deleteObjects(
  client: SwiftClient,
  spot: BlobSpot,
  names: readonly string[],
): Promise<void> {
  for (let done = 0; done < names.length; done += DELETES) {
    await Promise.all(
      names.slice(done, done + DELETES).map((object) => {
        const at = { ...spot.segments, object };
        return client.ask({ method: 'DELETE', at }, 'deleting a segment', [200, 202, 204, 404]);
      }),
    );
  }
}

/** Another key may begin with this one and a slash. */
function isOwn({ name }: Listed, { prefix }: BlobSpot): boolean {
  const [session = '', index = '', ...rest] = name.slice(prefix.length).split('/');
  return isSession(session) && INDEX.test(index) && rest.length === 0;
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'not_found';
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.byteLength;
  return length;
}

export async function md5Of(pieces: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('md5');
  let stretch = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += HASH_STRETCH_BYTES) {
      const slice = piece.subarray(at, at + HASH_STRETCH_BYTES);
      hash.update(slice);
      stretch += slice.byteLength;
      if (stretch < HASH_STRETCH_BYTES) continue;
      stretch = 0;
      await setImmediate();
    }
  }
  return hash.digest('hex');
}

/** The digest that Swift gives a static large object: the md5 of its segments' md5s. */
export function sloEtag(etags: readonly string[]): string {
  return createHash('md5').update(etags.join('')).digest('hex');
}

/** Large objects have quotes around their ETag, others none. */
export function plainEtag(etag: unknown): string {
  return typeof etag === 'string' ? etag.replaceAll('"', '').toLowerCase() : '';
}
