import { AppError, type StoreFacts, type StoreRepository } from '@parallax/core';
import { asc } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { regions, stores as table } from '../schema/index.ts';
import { toArray } from '../values.ts';
import { markAll } from './location-descriptions.ts';

type Definition = Parameters<StoreRepository['define']>[0];

// Nothing is written when nothing changed: every node defines its stores at every start.
const DEFINE = `INSERT INTO store AS s (id, region, kind, reach, description, weight, position, is_default, read_only, key_prefix)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (id) DO UPDATE SET description = excluded.description, weight = excluded.weight,
    position = excluded.position, is_default = excluded.is_default, read_only = excluded.read_only,
    key_prefix = excluded.key_prefix, updated_at = clock_timestamp()
  WHERE (s.region, s.kind, s.reach) = (excluded.region, excluded.kind, excluded.reach)
    AND (s.description, s.weight, s.position, s.is_default, s.read_only, s.key_prefix) IS DISTINCT FROM
      (excluded.description, excluded.weight, excluded.position, excluded.is_default, excluded.read_only, excluded.key_prefix)`;
const DEFINED_AS = 'SELECT region, kind, reach FROM store WHERE id = $1';
const BIND = `UPDATE store SET identity = coalesce(identity, $2), updated_at = clock_timestamp()
  WHERE id = $1 RETURNING identity`;
// Old and new name one row: its state before the change says whether there is something to tell.
const SET_STATE = `WITH old AS (SELECT id, state FROM store WHERE id = $1 AND state = ANY($2::text[]) FOR UPDATE),
  changed AS (UPDATE store s SET state = $3, state_reason = $4, updated_at = clock_timestamp()
    FROM old WHERE s.id = old.id RETURNING s.id),
  logged AS (INSERT INTO event (type, store_id, payload)
    SELECT 'store.' || $3::text, id, jsonb_build_object('reason', $4::text) FROM old
    WHERE $3 IN ('up', 'down') AND state <> $3)
  SELECT id FROM changed`;

const SET_LOCATION_URL = `UPDATE store SET location_url = $2
  WHERE id = $1 AND location_url IS DISTINCT FROM $2`;

const DESCRIBES = `UPDATE store SET describes = 'begun' WHERE id = $1 AND describes IS NULL`;
const MARKED = `SELECT id FROM store WHERE id = $1 AND describes = 'yes'`;
const ALL_MARKED = `UPDATE store SET describes = 'yes' WHERE id = $1 AND describes = 'begun'`;

const ACCEPT = `UPDATE store SET identity = CASE state WHEN 'down' THEN $2 ELSE identity END, state = 'accepting',
    state_reason = 'accept-empty was asked for', updated_at = clock_timestamp()
  WHERE id = $1 AND state IN ('down', 'accepting') RETURNING id`;

export function stores(database: Database): StoreRepository {
  return {
    list: async () => {
      const rows = await database.cold((orm) =>
        orm.select().from(table).orderBy(asc(table.position), asc(table.id)),
      );
      return rows.map(
        ({ createdAt, updatedAt, locationUrl, describes, ...facts }): StoreFacts => facts,
      );
    },
    define: (store) => database.transaction((tx) => define(tx, store)),
    bindIdentity: async (id, uuid) => {
      const row = await database.first<{ identity: string }>(BIND, [id, uuid]);
      if (row === undefined) throw new AppError('not_found', `no store ${id}`);
      return row.identity;
    },
    setLocationUrl: async (id, template) => {
      await database.rows(SET_LOCATION_URL, [id, template]);
    },
    setDescribes: async (id) => {
      if ((await database.first(MARKED, [id])) !== undefined) return;
      // Changes are marked from here on; a crash before the end marks the rest again.
      await database.rows(DESCRIBES, [id]);
      await markAll(database, id);
      await database.rows(ALL_MARKED, [id]);
    },
    accept: async (id, identity) => (await database.first(ACCEPT, [id, identity])) !== undefined,
    setState: async (id, from, to, reason) =>
      (await database.first(SET_STATE, [id, toArray(from), to, reason])) !== undefined,
  };
}

async function define(tx: Database, store: Definition): Promise<void> {
  await tx.cold((orm) => orm.insert(regions).values({ id: store.region }).onConflictDoNothing());
  await tx.rows(DEFINE, [
    store.id,
    store.region,
    store.kind,
    store.reach,
    store.description,
    store.weight,
    store.position,
    store.isDefault,
    store.readOnly,
    store.keyPrefix,
  ]);
  const row = await tx.first<Pick<StoreFacts, 'region' | 'kind' | 'reach'>>(DEFINED_AS, [store.id]);
  for (const field of ['region', 'kind', 'reach'] as const) {
    if (row?.[field] === store[field]) continue;
    throw new AppError(
      'conflict',
      `store ${store.id} is defined with ${field} ${row?.[field]}, not ${store[field]}`,
      { context: { storeId: store.id, field } },
    );
  }
}
