import type { DescribeClaim, LocationRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { fromNow, toArray, toNumber } from '../values.ts';
import { LOCATION_COLUMNS, type LocationRow, toLocation } from './location-row.ts';

type Descriptions = Pick<
  LocationRepository,
  'dueForDescribe' | 'claimDescribe' | 'keepDescribe' | 'described' | 'describeLater'
>;

const BATCH = 2_000;
const DUE = `l.describe_at <= statement_timestamp() AND l.state <> 'deleting'
  AND (l.describe_until IS NULL OR l.describe_until < statement_timestamp())`;
const HELD = 'id = $1 AND describe_fence = $2';

const LIST_DUE = `SELECT l.id FROM location l WHERE ${DUE} AND l.store_id = ANY($1::text[])
  ORDER BY l.describe_at LIMIT $2`;
const CLAIM = `UPDATE location l SET describe_fence = l.describe_fence + 1, describe_tries = l.describe_tries + 1,
    describe_until = ${fromNow(2)}
  WHERE l.id = $1 AND ${DUE}
  RETURNING ${LOCATION_COLUMNS}, l.describe_fence AS fence, l.describe_wanted AS wanted, l.describe_tries AS tries`;
const KEEP = `UPDATE location SET describe_until = ${fromNow(3)} WHERE ${HELD} RETURNING id`;
// What was changed meanwhile stays due, at the time that the change has set.
const DESCRIBED = `UPDATE location SET describe_until = NULL, describe_tries = 0,
    describe_at = CASE WHEN describe_wanted = $3 THEN NULL ELSE describe_at END WHERE ${HELD}`;
const LATER = `UPDATE location SET describe_until = NULL,
    describe_at = CASE WHEN describe_wanted = $3 THEN ${fromNow(4)} ELSE describe_at END WHERE ${HELD}`;
// Not before every change has ended that began when changes of this store were not marked yet.
const MARK = `UPDATE location SET describe_wanted = describe_wanted + 1,
    describe_at = least(describe_at, clock_timestamp() + interval '30 s')
  WHERE id IN (SELECT id FROM location WHERE store_id = $1 AND key > $2 ORDER BY key LIMIT ${BATCH})
    AND state <> 'deleting' RETURNING id`;
const LAST_KEY = `SELECT max(key) AS key FROM (SELECT key FROM location
  WHERE store_id = $1 AND key > $2 ORDER BY key LIMIT ${BATCH}) batch`;

/**
 * SQL that has every store told that keeps a record or an access list of an image in `changed`. The image's row must have been
 * locked by an earlier statement: one that waits for the lock itself does not see a location that was published meanwhile.
 */
export function told(imageId: 'id' | 'image_id'): string {
  return `told AS (UPDATE location l SET describe_wanted = l.describe_wanted + 1,
      describe_at = least(l.describe_at, clock_timestamp())
    FROM changed c, store s WHERE l.image_id = c.${imageId} AND l.state <> 'deleting' AND s.id = l.store_id
      AND s.describes IS NOT NULL)`;
}

interface ClaimRow extends LocationRow {
  readonly fence: string;
  readonly wanted: string;
  readonly tries: number;
}

export function locationDescriptions(database: Database): Descriptions {
  return {
    dueForDescribe: async (stores, limit) => {
      const rows = await database.rows<{ id: string }>(LIST_DUE, [toArray(stores), limit]);
      return rows.map(({ id }) => toNumber(id));
    },
    claimDescribe: async (id, ms) => {
      const row = await database.first<ClaimRow>(CLAIM, [id, ms]);
      return row && toClaim(row);
    },
    keepDescribe: async ({ location, fence }, ms) =>
      (await database.first(KEEP, [location.id, fence, ms])) !== undefined,
    described: async ({ location, fence, wanted }) => {
      await database.rows(DESCRIBED, [location.id, fence, wanted]);
    },
    describeLater: async ({ location, fence, wanted }, ms) => {
      await database.rows(LATER, [location.id, fence, wanted, ms]);
    },
  };
}

/** Marks what the store holds already. */
export async function markAll(database: Database, storeId: string): Promise<void> {
  let after: string | null = '';
  while (after !== null) {
    const last: { key: string | null } | undefined = await database.first(LAST_KEY, [
      storeId,
      after,
    ]);
    if (last?.key) await database.rows(MARK, [storeId, after]);
    after = last?.key ?? null;
  }
}

function toClaim(row: ClaimRow): DescribeClaim {
  return {
    location: toLocation(row),
    fence: toNumber(row.fence),
    wanted: toNumber(row.wanted),
    tries: row.tries,
  };
}
