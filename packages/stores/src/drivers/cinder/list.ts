import type { BlobEntry, CallOptions } from '@parallax/core';
import { keyOfMarks } from './key.ts';
import { blobSize, byAge, STORE_MARK, type Volume } from './volume.ts';
import type { Volumes } from './volumes.ts';

export interface ListOptions extends CallOptions {
  readonly prefix?: string;
  readonly after?: string;
}
interface Keyed {
  readonly key: string;
  readonly volume: Volume;
}

const GIB = 1024 ** 3;

/** Blobs and unfinished writes of the store with the marker `uuid`. */
export async function* listVolumes(
  volumes: Volumes,
  uuid: string,
  o: ListOptions,
): AsyncGenerator<BlobEntry> {
  const found: Keyed[] = [];
  for await (const volume of volumes.list({ [STORE_MARK]: uuid }, o)) {
    const key = keyOfMarks(volume.metadata);
    if (key !== undefined && isWanted(key, o)) found.push({ key, volume });
  }
  found.sort((a, b) => compare(a.key, b.key) || byRank(a.volume, b.volume));
  let last: string | undefined;
  for (const { key, volume } of found) {
    yield entryOf({ key, volume }, key === last);
    last = key;
  }
}

/** Of two volumes that both say they are the blob the older is, as everywhere. */
function entryOf({ key, volume }: Keyed, isSecond: boolean): BlobEntry {
  const size = isSecond ? undefined : blobSize(volume);
  const modifiedAt = timeOf(volume);
  const facts = modifiedAt === undefined ? { key } : { key, modifiedAt };
  return size === undefined
    ? { ...facts, size: volume.sizeGib * GIB, partial: true, session: volume.id }
    : { ...facts, size, partial: false };
}

/** Cinder writes UTC without saying so. */
export function timeOf({ createdAt }: Volume): Date | undefined {
  const at = new Date(`${createdAt}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function isWanted(key: string, { prefix = '', after = '' }: ListOptions): boolean {
  return key.startsWith(prefix) && (after === '' || compare(key, after) > 0);
}

function byRank(a: Volume, b: Volume): number {
  const rank = (volume: Volume) => (blobSize(volume) === undefined ? 1 : 0);
  return rank(a) - rank(b) || byAge(a, b);
}

/** As S3 orders keys. JavaScript's own order differs above U+FFFF. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
