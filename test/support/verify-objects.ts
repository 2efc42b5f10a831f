import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';
import { type FoundObject, lookInto, type ServicePlace } from './services.ts';

/** A file store's folder, or where another kind has its objects. */
export interface VerifiedStore {
  readonly id: string;
  readonly path?: string;
  readonly place?: ServicePlace;
}

interface LocationRow {
  readonly id: string;
  readonly image_id: string;
  readonly store_id: string;
  readonly key: string;
  readonly state: string;
}
interface ImageRow {
  readonly id: string;
  readonly size: string | null;
  readonly os_hash_value: string | null;
}
interface Rows {
  readonly images: ReadonlyMap<string, ImageRow>;
  readonly locations: readonly LocationRow[];
  readonly intentKeys: readonly string[];
}

/** Compares what the database says of each store with what is there, byte by byte; one sentence per difference. */
export async function verifyObjects(
  sql: Sql,
  input: { readonly stores: readonly VerifiedStore[]; readonly atRest: boolean },
): Promise<readonly string[]> {
  const rows = await sql<ImageRow[]>`SELECT id, size, os_hash_value FROM image`;
  const images = new Map(rows.map((image) => [image.id, image]));
  const found: string[] = [];
  for (const store of input.stores) {
    const locations = await sql<LocationRow[]>`
      SELECT id, image_id, store_id, key, state FROM location WHERE store_id = ${store.id}`;
    const intents = await sql<
      { key: string }[]
    >`SELECT key FROM intent WHERE store_id = ${store.id}`;
    const known = { images, locations, intentKeys: intents.map(({ key }) => key) };
    const objects = await objectsOf(store);
    found.push(...differences(store.id, objects, known));
    found.push(...orphans(store.id, objects, { ...known, atRest: input.atRest }));
  }
  return found;
}

function differences(
  storeId: string,
  objects: readonly FoundObject[],
  { images, locations }: Rows,
): readonly string[] {
  const whole = new Map(
    objects.filter(({ sha512 }) => sha512 !== undefined).map((object) => [object.key, object]),
  );
  return locations.flatMap(({ image_id: imageId, key, state }) => {
    const image = images.get(imageId);
    if (state !== 'active' || image === undefined) return [];
    const wrong = differs(whole.get(key), image);
    return wrong === undefined ? [] : [`${storeId}/${key} ${wrong}`];
  });
}

function differs(found: FoundObject | undefined, image: ImageRow): string | undefined {
  if (found === undefined) return 'is missing';
  if (String(found.size) !== image.size) return `has ${found.size} bytes, not ${image.size}`;
  return found.sha512 === image.os_hash_value ? undefined : 'has other bytes';
}

function orphans(
  storeId: string,
  objects: readonly FoundObject[],
  { locations, intentKeys, atRest }: Rows & { readonly atRest: boolean },
): readonly string[] {
  const located = new Set(locations.map(({ key }) => key));
  const known = new Set([...located, ...intentKeys]);
  return objects.flatMap(({ key, unfinished }) => {
    const owned =
      unfinished === true
        ? intentKeys.some((intent) => isNameOf(key, intent))
        : (atRest ? located : known).has(key);
    return owned ? [] : [`orphan ${storeId}/${key}${unfinished === true ? ' (unfinished)' : ''}`];
  });
}

/** A file store's unfinished writes have hidden names, in which the key's own name is. */
const isNameOf = (key: string, intentKey: string): boolean =>
  key === intentKey || key.includes(intentKey.slice(3));

async function objectsOf(store: VerifiedStore): Promise<readonly FoundObject[]> {
  if (store.path !== undefined) return filesIn(store.path);
  return store.place === undefined ? [] : lookInto(store.place);
}

async function filesIn(root: string): Promise<readonly FoundObject[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && entry.name !== '.parallax-store');
  const found: FoundObject[] = [];
  for (const { name, parentPath } of files) {
    const folder = parentPath.slice(root.length + 1);
    const key = folder === '' ? name : `${folder}/${name}`;
    if (name.startsWith('.')) {
      found.push({ key, unfinished: true });
      continue;
    }
    const digest = await digestOf(join(parentPath, name));
    if (digest !== undefined) found.push({ key, ...digest });
  }
  return found;
}

/** Undefined when it was removed meanwhile. */
async function digestOf(
  path: string,
): Promise<{ readonly size: number; readonly sha512: string } | undefined> {
  const hash = createHash('sha512');
  const file = createReadStream(path);
  try {
    await pipeline(file, hash);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return { size: file.bytesRead, sha512: hash.digest('hex') };
}
