import type { ImageRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { fromNow, toNumber } from '../values.ts';
import { RECONCILE_NOW } from './image-writes.ts';

type ImageTimers = Pick<
  ImageRepository,
  'dueForReconcile' | 'claimReconcile' | 'reconciled' | 'reconcileIn' | 'reconcileAll'
>;

/** Few enough to stay far below the statement's time limit. */
const BATCH = 2_000;

const DUE = `SELECT id FROM image WHERE reconcile_at <= statement_timestamp() AND deleted_at IS NULL
  ORDER BY reconcile_at LIMIT $1`;
const CLAIM = `UPDATE image SET reconcile_at = ${fromNow(2)}, reconcile_fence = reconcile_fence + 1
  WHERE id = $1 AND reconcile_at <= statement_timestamp() AND deleted_at IS NULL RETURNING reconcile_fence AS token`;
const RECONCILED = 'UPDATE image SET reconcile_at = NULL WHERE id = $1 AND reconcile_fence = $2';
const IN = `UPDATE image SET reconcile_at = least(reconcile_at, ${fromNow(2)}), reconcile_fence = reconcile_fence + 1
  WHERE id = $1 AND deleted_at IS NULL`;
const NEXT = `UPDATE image i SET ${RECONCILE_NOW}
  WHERE i.id IN (SELECT id FROM image WHERE id > $1 AND status IN ('active', 'deactivated')
    ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE) RETURNING i.id`;

export function imageTimers(database: Database): ImageTimers {
  return {
    dueForReconcile: async (limit) =>
      (await database.rows<{ id: string }>(DUE, [limit])).map(({ id }) => id),
    claimReconcile: async (id, ms) => {
      const row = await database.first<{ token: string }>(CLAIM, [id, ms]);
      return row?.token;
    },
    reconciled: async (id, token) => {
      await database.rows(RECONCILED, [id, toNumber(token)]);
    },
    reconcileIn: async (id, delayMs) => {
      await database.rows(IN, [id, delayMs]);
    },
    reconcileAll: async () => {
      let last: string | undefined = '';
      while (last !== undefined) {
        const rows: readonly { id: string }[] = await database.rows(NEXT, [last]);
        const ids = rows.map(({ id }) => id).sort();
        last = ids.at(-1);
      }
    },
  };
}
