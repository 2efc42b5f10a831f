import type { ImageRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { IMAGE_COLUMNS, type ImageRow, toImage } from '../image-row.ts';
import { fromNow, toArray } from '../values.ts';
import { RECONCILE_NOW, whyNot } from './image-writes.ts';
import { told } from './location-descriptions.ts';
import { LIVE } from './transfer-row.ts';

type ImageRemovals = Pick<
  ImageRepository,
  'remove' | 'removeLater' | 'restore' | 'scrub' | 'purge'
>;

/** What follows for the images of `gone`, however they went. */
const STOPPED = `stopped AS (UPDATE transfer t SET reason = 'image_deleted',
      state = CASE WHEN t.state = 'running' THEN 'cancelling' ELSE 'superseded' END,
      finished_at = CASE WHEN t.state = 'running' THEN NULL ELSE clock_timestamp() END
    FROM gone WHERE t.image_id = gone.id AND t.state IN ('queued', 'waiting', 'running'))`;
const REMEMBERED = `remembered AS (UPDATE image_id d SET deleted_at = clock_timestamp(), cause = $2,
      os_hash = gone.os_hash_value FROM gone WHERE d.id = gone.id)`;
/** Copies of the images of `gone` lose their objects, at the time that `due` says. */
function unrouted(due: string): string {
  return `unrouted AS (UPDATE location l SET state = 'deleting', reason = 'image_deleted', lease_owner = NULL,
      lease_until = NULL, fence = l.fence + 1, due_at = ${due}
    FROM gone WHERE l.image_id = gone.id AND l.state <> 'deleting')`;
}

const REMOVE = `WITH gone AS (UPDATE image SET status = 'deleted', deleted_at = clock_timestamp(),
      updated_at = clock_timestamp(), fence = fence + 1, lease_owner = NULL, lease_until = NULL, reconcile_at = NULL
    WHERE id = $1 AND deleted_at IS NULL RETURNING id, os_hash_value),
  ${REMEMBERED}, ${unrouted(fromNow(3))}, ${STOPPED},
  logged AS (INSERT INTO event (type, image_id, payload)
    SELECT 'image.delete', id, jsonb_build_object('cause', $2::text) FROM gone)
  SELECT id FROM gone`;
// Copies stay as they are, so that a restore needs none of them back: who does not see the image does not see them.
const REMOVE_LATER = `WITH gone AS (UPDATE image SET status = 'pending_delete', status_before = status,
      scrub_at = ${fromNow(3)}, deleted_at = clock_timestamp(), updated_at = clock_timestamp(), fence = fence + 1,
      reconcile_at = NULL
    WHERE id = $1 AND status IN ('active', 'deactivated') RETURNING id, os_hash_value, scrub_at),
  ${REMEMBERED}, ${STOPPED},
  logged AS (INSERT INTO event (type, image_id, payload)
    SELECT 'image.delete', id, jsonb_build_object('cause', $2::text, 'restorable_until', scrub_at) FROM gone)
  SELECT id FROM gone`;
// The task of an import that the delete has stopped is concluded as failed without a look at the image: its lock goes here.
const RESTORE = `WITH back AS (UPDATE image i SET status = i.status_before, status_before = NULL, scrub_at = NULL,
      deleted_at = NULL, updated_at = clock_timestamp(), revision = i.revision + 1, ${RECONCILE_NOW},
      bookkeeping = i.bookkeeping - 'os_glance_import_task' - 'os_glance_importing_to_stores'
    WHERE i.id = $1 AND i.status = 'pending_delete' RETURNING *),
  changed AS (SELECT id FROM back), ${told('id')},
  forgiven AS (UPDATE image_id d SET deleted_at = NULL, cause = NULL, os_hash = NULL FROM back WHERE d.id = back.id),
  logged AS (INSERT INTO event (type, image_id) SELECT 'image.restore', id FROM back)
  SELECT ${IMAGE_COLUMNS} FROM back i`;
const SCRUB = `WITH gone AS (UPDATE image SET status = 'deleted', status_before = NULL, scrub_at = NULL,
      updated_at = clock_timestamp()
    WHERE id IN (SELECT id FROM image WHERE status = 'pending_delete' AND scrub_at <= statement_timestamp()
      ORDER BY scrub_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED) RETURNING id),
  ${unrouted(fromNow(2))},
  logged AS (INSERT INTO event (type, image_id) SELECT 'image.scrub', id FROM gone)
  SELECT id FROM gone`;

// An object that is still to be removed, or a worker that has not heard yet, needs the rows.
const PURGEABLE = `SELECT id FROM image i
  WHERE status = 'deleted' AND deleted_at < statement_timestamp() - $1::float8 * interval '1 ms'
    AND NOT EXISTS (SELECT FROM location l WHERE l.image_id = i.id AND l.state = 'deleting')
    AND NOT EXISTS (SELECT FROM location l WHERE l.image_id = i.id AND l.state <> 'deleting')
    AND NOT EXISTS (SELECT FROM intent n WHERE n.image_id = i.id)
    AND NOT EXISTS (SELECT FROM transfer t WHERE t.image_id = i.id AND ${LIVE})
  ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED`;
/** In the order in which the rows refer to each other. */
const PURGED_TABLES = ['image_member', 'hold', 'task', 'transfer', 'content'] as const;
const PURGE_ROWS = PURGED_TABLES.map(
  (table) => `DELETE FROM ${table} WHERE image_id = ANY($1::text[])`,
);
const PURGE_IMAGES = 'DELETE FROM image WHERE id = ANY($1::text[])';

const LOCK = 'SELECT id FROM image WHERE id = $1 FOR NO KEY UPDATE';

export function imageRemovals(database: Database): ImageRemovals {
  return {
    remove: (id, { cause, graceMs }) =>
      database.transaction(async (tx) => {
        // Two statements: the second must see the location that a publish, which the lock waited for, has made.
        await tx.rows(LOCK, [id]);
        const row = await tx.first(REMOVE, [id, cause, graceMs]);
        if (row === undefined) throw await whyNot(tx, id, [], 'deleted');
      }),
    removeLater: (id, { cause, delayMs }) =>
      database.transaction(async (tx) => {
        await tx.rows(LOCK, [id]);
        const row = await tx.first(REMOVE_LATER, [id, cause, delayMs]);
        if (row === undefined)
          throw await whyNot(tx, id, ['active', 'deactivated'], 'pending_delete');
      }),
    restore: async (id) => {
      const row = await database.first<ImageRow>(RESTORE, [id]);
      if (row === undefined) throw await whyNot(database, id, ['pending_delete'], 'active');
      return toImage(row);
    },
    scrub: async ({ limit, graceMs }) =>
      (await database.rows<{ id: string }>(SCRUB, [limit, graceMs])).map(({ id }) => id),
    purge: (ageMs, limit) =>
      database.transaction(async (tx) => {
        const ids = (await tx.rows<{ id: string }>(PURGEABLE, [ageMs, limit])).map(({ id }) => id);
        if (ids.length === 0) return 0;
        for (const text of PURGE_ROWS) await tx.rows(text, [toArray(ids)]);
        return (await tx.rows(`${PURGE_IMAGES} RETURNING id`, [toArray(ids)])).length;
      }),
  };
}
