import type { BlobEntry, CallOptions } from '@parallax/core';
import type { SwiftClient } from './client.ts';
import { isSession, type Names, OWNERS, UNFINISHED } from './key.ts';
import { type Listed, listing } from './listing.ts';
import { findObject } from './objects.ts';
import { listSegments } from './segments.ts';

export interface ListOptions extends CallOptions {
  readonly prefix?: string;
  readonly after?: string;
}
export interface ListedStore {
  readonly client: SwiftClient;
  readonly names: Names;
  readonly accountOf: (owner: string) => string;
}

/** Blobs page by page; unfinished writes, of which there are few, at once. Both in the byte order of keys, blobs first. */
export async function* listBlobs(store: ListedStore, o: ListOptions): AsyncGenerator<BlobEntry> {
  const partials = await unfinishedOf(store, o);
  let next = 0;
  for await (const { name: key, bytes, modifiedAt } of blobsOf(store, o)) {
    for (; next < partials.length; next += 1) {
      const partial = partials[next];
      if (partial === undefined || compareKeys(partial.key, key) >= 0) break;
      yield partial;
    }
    yield { key, size: bytes, partial: false, modifiedAt };
  }
  yield* partials.slice(next);
}

async function* blobsOf(store: ListedStore, o: ListOptions): AsyncGenerator<Listed> {
  const { client, names } = store;
  if (names.isMultiTenant) {
    yield* ownedBlobs(store, o);
    return;
  }
  for await (const line of listing(client, { container: names.container }, o)) {
    if (names.isKey(line.name)) yield line;
  }
}

/** A container for every blob, in each account that is known to have some. */
async function* ownedBlobs(store: ListedStore, o: ListOptions): AsyncGenerator<Listed> {
  const { client, names } = store;
  const { prefix = '', after = '' } = o;
  const owners: string[] = [];
  const at = { container: names.segmentsContainer };
  for await (const { name } of listing(client, at, { signal: o.signal, prefix: OWNERS })) {
    owners.push(`${name.slice(OWNERS.length)}/`);
  }
  for (const owner of owners.sort(compareKeys)) {
    if (!owner.startsWith(prefix) && !prefix.startsWith(owner)) continue;
    const account = store.accountOf(owner.slice(0, -1));
    const lead = `${names.container}_`;
    for await (const { name } of listing(client, undefined, {
      signal: o.signal,
      prefix: lead,
      account,
    })) {
      const key = owner + name.slice(lead.length);
      if (!key.startsWith(prefix) || !names.isKey(key) || compareKeys(key, after) <= 0) continue;
      const { blob } = names.spot(key, store.accountOf);
      const found = await findObject(client, blob, { signal: o.signal });
      const modifiedAt = found?.modifiedAt ?? new Date(0);
      if (found !== undefined) yield { name: key, bytes: found.size, hash: found.etag, modifiedAt };
    }
  }
}

async function unfinishedOf(store: ListedStore, o: ListOptions): Promise<readonly BlobEntry[]> {
  const { client, names } = store;
  const at = { container: names.segmentsContainer };
  const { prefix = '', after = '' } = o;
  const entries: BlobEntry[] = [];
  const lines = listing(client, at, { signal: o.signal, prefix: UNFINISHED + prefix });
  for await (const { name, modifiedAt } of lines) {
    const { key, session } = parseUnfinished(name);
    // A prefix may reach into the session.
    if (!key.startsWith(prefix) || !isSession(session) || !names.isKey(key)) continue;
    if (compareKeys(key, after) <= 0) continue;
    const spot = names.spot(key, store.accountOf);
    const segments = await listSegments(client, spot, { session, signal: o.signal });
    const size = segments.reduce((sum, { bytes }) => sum + bytes, 0);
    entries.push({ key, size, partial: true, session, modifiedAt });
  }
  return entries.sort((a, b) => compareKeys(a.key, b.key));
}

/** Sessions of unfinished writes of exactly this key. */
export async function sessionsOf(
  { client, names }: ListedStore,
  key: string,
  o: CallOptions,
): Promise<readonly string[]> {
  const at = { container: names.segmentsContainer };
  const sessions: string[] = [];
  for await (const { name } of listing(client, at, { ...o, prefix: `${UNFINISHED}${key}/` })) {
    const found = parseUnfinished(name);
    if (found.key === key && isSession(found.session)) sessions.push(found.session);
  }
  return sessions;
}

function parseUnfinished(name: string): { readonly key: string; readonly session: string } {
  const slash = name.lastIndexOf('/');
  return { key: name.slice(UNFINISHED.length, slash), session: name.slice(slash + 1) };
}

/** JavaScript's own order differs above U+FFFF. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
