import { AppError, type TransferRepository, type TransferState } from '@parallax/core';
import type { Database } from '../database.ts';
import { fromNow } from '../values.ts';
import { TRANSFER_COLUMNS, type TransferRow, toTransfer } from './transfer-row.ts';

type TransferLeases = Pick<TransferRepository, 'claim' | 'progress' | 'bindIntent' | 'settle'>;

const HELD = `t.id = $1 AND t.lease_owner = $2 AND t.fence = $3 AND t.state IN ('running', 'cancelling')`;
/** The attempt's intent is held by whoever holds the transfer. */
const LEASE_INTENT = `leased AS (UPDATE intent SET lease_owner = held.lease_owner, lease_until = held.lease_until
    FROM held WHERE intent.id = held.intent_id)`;
/** A publish takes the intent first and the transfer last: a heartbeat that waited for the intent would deadlock with it. */
const KEEP_INTENT = `leased AS (UPDATE intent SET lease_owner = held.lease_owner, lease_until = held.lease_until
    FROM held WHERE intent.id IN (SELECT i.id FROM intent i, held h WHERE i.id = h.intent_id FOR UPDATE OF i SKIP LOCKED))`;

const CLAIM = `WITH held AS (UPDATE transfer t SET state = 'running', fence = t.fence + 1, attempts = t.attempts + 1,
      lease_owner = $2, lease_until = ${fromNow(3)}, started_at = coalesce(t.started_at, clock_timestamp())
    WHERE t.id = $1 AND t.state IN ('queued', 'running', 'waiting') AND t.due_at <= statement_timestamp()
      AND (t.lease_until IS NULL OR t.lease_until < statement_timestamp()) RETURNING *),
  ${LEASE_INTENT}
  SELECT ${TRANSFER_COLUMNS} FROM held t`;
const PROGRESS = `WITH held AS (UPDATE transfer t SET lease_until = ${fromNow(4)},
      ledger = coalesce($5::bytea, t.ledger), bytes_done = coalesce($6::bigint, t.bytes_done)
    WHERE ${HELD} RETURNING *),
  ${KEEP_INTENT}
  SELECT state FROM held`;
const BIND = `WITH held AS (UPDATE transfer t SET intent_id = $4::bigint,
      ledger = CASE WHEN $4::bigint IS NULL THEN NULL ELSE t.ledger END,
      bytes_done = CASE WHEN $4::bigint IS NULL THEN 0 ELSE t.bytes_done END
    WHERE ${HELD} RETURNING *),
  ${LEASE_INTENT}
  SELECT state FROM held`;
// Who was told to stop does not wait for another try.
const SETTLE = `UPDATE transfer t SET lease_owner = NULL, lease_until = NULL, detail = $6,
    state = CASE WHEN $4 = 'waiting' AND t.state = 'cancelling' THEN 'cancelled' ELSE $4 END,
    reason = CASE WHEN $4 = 'waiting' AND t.state = 'cancelling' THEN t.reason ELSE $5 END,
    due_at = CASE WHEN $4 = 'waiting' THEN ${fromNow(7)} ELSE t.due_at END,
    finished_at = CASE WHEN $4 = 'waiting' AND t.state <> 'cancelling' THEN NULL ELSE clock_timestamp() END,
    bytes_done = CASE WHEN $4 = 'succeeded' THEN t.bytes_total ELSE t.bytes_done END,
    ledger = CASE WHEN $4 = 'waiting' THEN t.ledger END
  WHERE ${HELD} RETURNING ${TRANSFER_COLUMNS}`;

export function transferLeases(database: Database): TransferLeases {
  return {
    claim: async (id, owner, ms) => {
      const row = await database.first<TransferRow>(CLAIM, [id, owner, ms]);
      return row && toTransfer(row);
    },
    progress: async (id, { owner, fence }, { ms, ledger, bytesDone }) => {
      const parameters = [id, owner, fence, ms, ledger ?? null, bytesDone ?? null];
      return (await database.first<{ state: TransferState }>(PROGRESS, parameters))?.state;
    },
    bindIntent: async (id, { owner, fence }, intentId) => {
      const row = await database.first(BIND, [id, owner, fence, intentId]);
      if (row === undefined) throw leaseLost(id);
    },
    settle: async (id, { owner, fence }, { state, reason, detail, retryInMs }) => {
      const parameters = [id, owner, fence, state, reason ?? null, detail ?? null, retryInMs ?? 0];
      const row = await database.first<TransferRow>(SETTLE, parameters);
      if (row === undefined) throw leaseLost(id);
      return toTransfer(row);
    },
  };
}

function leaseLost(id: number): AppError {
  return new AppError('lease_lost', `transfer ${id} is somebody else's now`);
}
