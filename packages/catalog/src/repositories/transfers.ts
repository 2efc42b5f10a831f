import {
  AppError,
  type Transfer,
  type TransferClass,
  type TransferQuery,
  type TransferRepository,
} from '@parallax/core';
import type { Database, Parameter } from '../database.ts';
import { toArray } from '../values.ts';
import { transferLeases } from './transfer-leases.ts';
import { LIVE, TRANSFER_COLUMNS, type TransferRow, toTransfer } from './transfer-row.ts';

const PRIORITIES: Readonly<Record<TransferClass, number>> = {
  interactive: 1,
  boot: 2,
  repair: 3,
  policy: 4,
  scrub: 5,
};

// The share lock waits for a delete that is under way: nothing is asked for a deleted image.
// Somebody waiting for a copy does not wait for the back-off of a policy's attempt.
const REQUEST = `WITH live AS (SELECT id, size FROM image WHERE id = $1 AND deleted_at IS NULL FOR SHARE),
  asked AS (INSERT INTO transfer AS t (image_id, store_id, asked_by, class, priority, bytes_total, task_id, trace)
    SELECT id, $2, $3, $4, $5, coalesce(size, 0), $6, $7 FROM live
    ON CONFLICT (image_id, store_id) WHERE ${LIVE} DO UPDATE SET
      asked_by = CASE WHEN t.asked_by IN ('policy', 'read') AND excluded.asked_by IN ('upload', 'request', 'reference')
        THEN excluded.asked_by ELSE t.asked_by END,
      class = CASE WHEN excluded.priority < t.priority THEN excluded.class ELSE t.class END,
      priority = least(t.priority, excluded.priority),
      due_at = CASE WHEN excluded.priority = 1 THEN least(t.due_at, clock_timestamp()) ELSE t.due_at END,
      task_id = coalesce(t.task_id, excluded.task_id)
    RETURNING *, t.xmax = 0 AS fresh),
  logged AS (INSERT INTO event (type, image_id, store_id, payload)
    SELECT 'transfer.queued', image_id, store_id, jsonb_build_object('transfer', id, 'asked_by', asked_by)
    FROM asked WHERE fresh)
  SELECT ${TRANSFER_COLUMNS} FROM asked t`;
const GET = `SELECT ${TRANSFER_COLUMNS} FROM transfer t WHERE t.id = $1`;
const DUE = `SELECT ${TRANSFER_COLUMNS} FROM transfer t WHERE t.state IN ('queued', 'running', 'waiting')
    AND t.due_at <= statement_timestamp() AND (t.lease_until IS NULL OR t.lease_until < statement_timestamp())
    AND t.store_id = ANY($1::text[])
  ORDER BY t.priority, t.due_at, t.id LIMIT $2`;
const CANCEL = `UPDATE transfer t SET reason = 'cancelled',
    state = CASE WHEN t.state IN ('running', 'cancelling') THEN 'cancelling' ELSE 'cancelled' END,
    finished_at = CASE WHEN t.state IN ('running', 'cancelling') THEN NULL ELSE clock_timestamp() END
  WHERE t.id = $1 AND t.${LIVE} RETURNING ${TRANSFER_COLUMNS}`;
const REAP_CANCELLED = `UPDATE transfer t SET state = 'cancelled', finished_at = clock_timestamp(),
    lease_owner = NULL, lease_until = NULL, fence = t.fence + 1
  WHERE t.id IN (SELECT id FROM transfer WHERE state = 'cancelling' AND lease_until < statement_timestamp()
    FOR UPDATE SKIP LOCKED)
  RETURNING ${TRANSFER_COLUMNS}`;

export function transfers(database: Database): TransferRepository {
  const list = async (text: string, parameters: readonly Parameter[]) =>
    (await database.rows<TransferRow>(text, parameters)).map(toTransfer);
  const get = async (id: number): Promise<Transfer> => {
    const [found] = await list(GET, [id]);
    if (found === undefined) throw new AppError('not_found', `no transfer ${id}`);
    return found;
  };
  return {
    ...transferLeases(database),
    request: async (asked) => {
      const [transfer] = await list(REQUEST, [
        asked.imageId,
        asked.storeId,
        asked.askedBy,
        asked.class,
        PRIORITIES[asked.class],
        asked.taskId ?? null,
        asked.trace ?? null,
      ]);
      if (transfer === undefined) {
        throw new AppError('not_found', `No image found with ID ${asked.imageId}`);
      }
      return transfer;
    },
    get,
    list: (query) => {
      const { text, parameters } = listStatement(query);
      return list(text, parameters);
    },
    due: (stores, limit) => list(DUE, [toArray(stores), limit]),
    cancel: async (id) => {
      const [stopped] = await list(CANCEL, [id]);
      if (stopped !== undefined) return stopped;
      const { state } = await get(id);
      throw new AppError('conflict', `transfer ${id} has ended: ${state}`, { context: { state } });
    },
    reapCancelled: () => list(REAP_CANCELLED, []),
  };
}

/** One of few texts: each condition is there or not. */
function listStatement(query: TransferQuery): { text: string; parameters: readonly Parameter[] } {
  const parameters: Parameter[] = [query.limit];
  const conditions: string[] = [];
  const where = (condition: string, value: Parameter | undefined): void => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(`${condition} $${parameters.length}`);
  };
  where('t.image_id =', query.imageId);
  where('t.store_id =', query.storeId);
  where('t.id <', query.after);
  if (query.live !== undefined) conditions.push(query.live ? `t.${LIVE}` : `NOT t.${LIVE}`);
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const text = `SELECT ${TRANSFER_COLUMNS} FROM transfer t ${filter} ORDER BY t.id DESC LIMIT $1`;
  return { text, parameters };
}
