import { randomUUID } from 'node:crypto';
import {
  type Catalog,
  type Content,
  type Location,
  type NewImage,
  NO_LOCATIONS,
  type StoreFacts,
} from '@parallax/core';
import postgres, { type Sql } from 'postgres';
import { migrate } from '../migrate.ts';
import { openCatalog } from '../open-catalog.ts';
import { createTestDatabase } from '../testing/index.ts';

/** A migrated database of its own, the catalog on it, and a way past the catalog. */
export interface CatalogFixture {
  readonly url: string;
  readonly catalog: Catalog;
  readonly sql: Sql;
  close(): Promise<void>;
}

export async function openFixture(): Promise<CatalogFixture> {
  const database = await createTestDatabase();
  await migrate(database.url);
  const catalog = await openCatalog({ url: database.url, pool: 8 });
  const sql = postgres(database.url, { max: 4, onnotice: () => {} });
  return {
    url: database.url,
    catalog,
    sql,
    close: async () => {
      await catalog.close();
      await sql.end({ timeout: 5 });
      await database.drop();
    },
  };
}

export const NO_RANKS = { ranks: new Map<string, number>(), shown: NO_LOCATIONS };
export const EVERYTHING = { kind: 'all' } as const;

export function newImage(more: Partial<NewImage> = {}): NewImage {
  return {
    id: randomUUID(),
    name: 'debian',
    visibility: 'shared',
    protected: false,
    osHidden: false,
    owner: 'p1',
    diskFormat: 'qcow2',
    containerFormat: 'bare',
    minDisk: 0,
    minRam: 0,
    properties: {},
    tags: [],
    ...more,
  };
}

export async function defineStores(
  catalog: Catalog,
  ...ids: string[]
): Promise<readonly StoreFacts[]> {
  for (const [position, id] of ids.entries()) {
    await catalog.stores.define({
      id,
      region: id.split('-')[0] ?? '',
      kind: 'file',
      reach: 'region',
      description: null,
      weight: 0,
      position,
      isDefault: position === 0,
      readOnly: false,
      keyPrefix: '',
    });
  }
  return catalog.stores.list();
}

/** As a worker leaves stores whose marker it has seen. */
export async function bringUp(catalog: Catalog, ...ids: string[]): Promise<void> {
  for (const id of ids) await catalog.stores.setState(id, ['new', 'down'], 'up', null);
}

export function contentOf(imageId: string, more: Partial<Content> = {}): Content {
  return {
    imageId,
    size: 3,
    md5: 'd41d8cd98f00b204e9800998ecf8427e',
    osHashAlgo: 'sha512',
    osHashValue: 'cf83e1357eefb8bd',
    tagKey: new Uint8Array(32).fill(7),
    ...more,
  };
}

/** An image as an upload leaves it: content, one location per store, active. */
export async function publishImage(
  catalog: Catalog,
  stores: readonly string[],
  more: Partial<NewImage> = {},
): Promise<{ readonly id: string; readonly locations: readonly Location[] }> {
  const { id } = await catalog.images.insert(newImage(more));
  await catalog.images.takeForWriting(id, ['queued'], 'saving', { owner: 'gw', ms: 30_000 });
  await catalog.transaction(async (tx) => {
    await tx.images.lock(id);
    await tx.contents.insert(
      contentOf(id),
      [{ slice: 0, tags: new Uint8Array(16).fill(1), zeros: new Uint8Array(1) }],
      null,
    );
    for (const storeId of stores) {
      await tx.locations.insert({
        imageId: id,
        storeId,
        key: `${id}.${storeId}`,
        proof: 'sent',
        askedBy: 'upload',
        purpose: 'copy',
      });
    }
    await tx.images.transition(id, ['saving'], 'active');
  });
  return { id, locations: await catalog.locations.listFor(id) };
}

/** Codes of the failures, and how many succeeded. */
export async function outcomes(
  attempts: readonly Promise<unknown>[],
): Promise<{ readonly ok: number; readonly codes: readonly unknown[] }> {
  const settled = await Promise.allSettled(attempts);
  const failed = settled.filter((result) => result.status === 'rejected');
  return {
    ok: settled.length - failed.length,
    codes: failed.map(({ reason }: { reason: { code?: unknown } }) => reason.code),
  };
}
