import type { Transfer, TransferState } from '@parallax/core';
import { toDate, toDateOrNull, toNumber, toNumberOrNull } from '../values.ts';

/** The predicate of the index `transfer_one_live`, word for word. */
export const LIVE = `state IN ('queued', 'running', 'waiting', 'cancelling')`;

export const TRANSFER_COLUMNS = `t.id, t.image_id, t.store_id, t.asked_by, t.class, t.state, t.reason, t.detail,
  t.attempts, t.bytes_total, t.bytes_done, t.ledger, t.intent_id, t.task_id, t.fence, t.trace, t.created_at,
  t.started_at, t.finished_at`;

export interface TransferRow {
  readonly id: string;
  readonly image_id: string;
  readonly store_id: string;
  readonly asked_by: Transfer['askedBy'];
  readonly class: Transfer['class'];
  readonly state: TransferState;
  readonly reason: Transfer['reason'];
  readonly detail: string | null;
  readonly attempts: number;
  readonly bytes_total: string;
  readonly bytes_done: string;
  readonly ledger: Uint8Array | null;
  readonly intent_id: string | null;
  readonly task_id: string | null;
  readonly fence: string;
  readonly trace: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export function toTransfer(row: TransferRow): Transfer {
  return {
    id: toNumber(row.id),
    imageId: row.image_id,
    storeId: row.store_id,
    askedBy: row.asked_by,
    class: row.class,
    state: row.state,
    reason: row.reason,
    detail: row.detail,
    attempts: row.attempts,
    bytesTotal: toNumber(row.bytes_total),
    bytesDone: toNumber(row.bytes_done),
    ledger: row.ledger,
    intentId: toNumberOrNull(row.intent_id),
    taskId: row.task_id,
    fence: toNumber(row.fence),
    trace: row.trace,
    createdAt: toDate(row.created_at),
    startedAt: toDateOrNull(row.started_at),
    finishedAt: toDateOrNull(row.finished_at),
  };
}
