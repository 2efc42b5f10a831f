import { AppError, type Location, type LocationRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { fromNow, toArray } from '../values.ts';
import { locationDescriptions } from './location-descriptions.ts';
import { LOCATION_COLUMNS, type LocationRow, toLocation } from './location-row.ts';

const UNLEASED = '(lease_until IS NULL OR lease_until < statement_timestamp())';

const GET = `SELECT ${LOCATION_COLUMNS} FROM location l WHERE l.id = $1`;
const LIST_FOR = `SELECT ${LOCATION_COLUMNS} FROM location l WHERE l.image_id = $1 AND l.state <> 'deleting'
  ORDER BY l.state = 'active' DESC, l.id`;
// The image may have changed since the copy began.
const DUE_IF_DESCRIBED = `(SELECT clock_timestamp() FROM store s WHERE s.id = $2 AND s.describes IS NOT NULL)`;
// The share lock waits for a delete that is under way: a deleted image gets no location, however close the race.
const INSERT = `WITH live AS (SELECT id FROM image WHERE id = $1 AND deleted_at IS NULL FOR SHARE)
  INSERT INTO location AS l (image_id, store_id, key, proof, proved_at, asked_by, purpose, describe_at)
  SELECT id, $2, $3, $4, CASE WHEN $4 = 'none' THEN NULL ELSE clock_timestamp() END, $5, $6, ${DUE_IF_DESCRIBED} FROM live
  RETURNING ${LOCATION_COLUMNS}`;
const SUSPECT = `UPDATE location SET state = 'suspect', reason = $2, due_at = clock_timestamp(),
    lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state = 'active' RETURNING id`;
const PROVED = `UPDATE location SET state = 'active', proof = $2, proved_at = clock_timestamp(), reason = NULL,
    due_at = NULL, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state <> 'deleting'`;
const LOCK_IMAGE = `SELECT id FROM image WHERE id = (SELECT image_id FROM location WHERE id = $1) FOR NO KEY UPDATE`;
const UNROUTE = `UPDATE location l SET state = 'deleting', reason = $2, due_at = ${fromNow(3)},
    lease_owner = NULL, lease_until = NULL, fence = l.fence + 1
  WHERE l.id = $1 AND l.state <> 'deleting' AND ($4 OR EXISTS (SELECT FROM location o
    JOIN store s ON s.id = o.store_id AND s.state = 'up' WHERE o.image_id = l.image_id AND o.id <> l.id AND (o.state = 'active' OR (o.state = 'suspect' AND l.state = 'suspect'))))
  RETURNING l.id`;
const DUE_FOR_VERIFY = `SELECT ${LOCATION_COLUMNS} FROM location l WHERE l.state = 'suspect'
    AND l.due_at <= statement_timestamp() AND ${UNLEASED} AND l.store_id = ANY($1::text[])
  ORDER BY l.due_at LIMIT $2`;
const CLAIM_VERIFY = `UPDATE location l SET lease_owner = $2, lease_until = ${fromNow(3)}, fence = l.fence + 1
  WHERE l.id = $1 AND l.state = 'suspect' AND l.due_at <= statement_timestamp() AND (${UNLEASED} OR l.lease_owner = $2)
  RETURNING ${LOCATION_COLUMNS}`;
const CLAIM_REMOVALS = `UPDATE location l SET lease_owner = $2, lease_until = ${fromNow(3)}, fence = l.fence + 1
  WHERE l.id IN (SELECT id FROM location WHERE state = 'deleting' AND due_at <= statement_timestamp() AND ${UNLEASED}
    AND store_id = ANY($1::text[]) ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
  RETURNING ${LOCATION_COLUMNS}`;
// Content of a deleted image is kept until its last object is gone: it is what an undo and a late reader would need.
const FORGET = `WITH gone AS (DELETE FROM location WHERE id = $1 RETURNING id, image_id)
  DELETE FROM content c USING gone, image i WHERE c.image_id = gone.image_id AND i.id = gone.image_id
    AND i.deleted_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM location o WHERE o.image_id = gone.image_id AND o.state = 'deleting' AND o.id <> gone.id)
    AND NOT EXISTS (SELECT FROM location o WHERE o.image_id = gone.image_id AND o.state <> 'deleting' AND o.id <> gone.id)`;
const FORGET_STORE = `WITH gone AS (DELETE FROM location WHERE id IN
      (SELECT id FROM location WHERE store_id = $1 LIMIT 2000 FOR UPDATE) RETURNING image_id),
    due AS (UPDATE image i SET reconcile_at = least(i.reconcile_at, clock_timestamp()),
      reconcile_fence = i.reconcile_fence + 1
      WHERE i.id IN (SELECT image_id FROM gone) AND i.deleted_at IS NULL)
  SELECT count(*)::int AS count FROM gone`;
const POSTPONE = `UPDATE location SET due_at = ${fromNow(2)}, lease_owner = NULL, lease_until = NULL
  WHERE id = $1 AND state <> 'active'`;

export function locations(database: Database): LocationRepository {
  const get = async (id: number): Promise<Location> => {
    const row = await database.first<LocationRow>(GET, [id]);
    if (row === undefined) throw new AppError('not_found', `no location ${id}`);
    return toLocation(row);
  };
  const list = async (text: string, parameters: readonly (string | number)[]) =>
    (await database.rows<LocationRow>(text, parameters)).map(toLocation);
  return {
    ...locationDescriptions(database),
    get,
    listFor: (imageId) => list(LIST_FOR, [imageId]),
    insert: async ({ imageId, storeId, key, proof, askedBy, purpose }) => {
      const [made] = await list(INSERT, [imageId, storeId, key, proof, askedBy, purpose]);
      if (made === undefined) throw new AppError('conflict', `Image ${imageId} was deleted`);
      return made;
    },
    suspect: async (id, reason) => (await database.first(SUSPECT, [id, reason])) !== undefined,
    proved: async (id, proof) => {
      await database.rows(PROVED, [id, proof]);
    },
    unroute: (id, o) =>
      database.transaction(async (tx) => {
        // Two statements: the second must see what a concurrent unroute, which the lock waited for, has left.
        await tx.rows(LOCK_IMAGE, [id]);
        const parameters = [id, o.reason, o.graceMs, o.last ?? false];
        if ((await tx.first(UNROUTE, parameters)) !== undefined) return;
        const [row] = await tx.rows<LocationRow>(GET, [id]);
        if (row === undefined) throw new AppError('not_found', `no location ${id}`);
        if (row.state === 'deleting') return;
        throw new AppError('conflict', 'the last routable copy of an image stays');
      }),
    dueForVerify: (stores, limit) => list(DUE_FOR_VERIFY, [toArray(stores), limit]),
    claimVerify: async (id, owner, ms) => (await list(CLAIM_VERIFY, [id, owner, ms]))[0],
    claimRemovals: (stores, owner, ms, limit) =>
      list(CLAIM_REMOVALS, [toArray(stores), owner, ms, limit]),
    forget: (id) =>
      database.transaction(async (tx) => {
        // In turn, so that of the last two locations one knows that it is the last.
        await tx.rows(LOCK_IMAGE, [id]);
        await tx.rows(FORGET, [id]);
      }),
    forgetStore: async (storeId) => {
      let total = 0;
      for (let count = 1; count > 0; total += count) {
        count = (await database.first<{ count: number }>(FORGET_STORE, [storeId]))?.count ?? 0;
      }
      return total;
    },
    postpone: async (id, ms) => {
      await database.rows(POSTPONE, [id, ms]);
    },
  };
}
