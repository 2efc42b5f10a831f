import {
  AppError,
  type Intent,
  type IntentRepository,
  objectKey,
  type PartReceipt,
} from '@parallax/core';
import type { Database } from '../database.ts';
import { fromNow, toArray, toJson, toNumber, toNumberOrNull } from '../values.ts';
import { LIVE } from './transfer-row.ts';

const COLUMNS = `i.id, i.image_id, i.store_id, i.key, i.session, i.receipts, i.tag_key, i.transfer_id, i.boot_id`;

const NEXT_ID = `SELECT nextval('intent_id_seq') AS id, (SELECT owner FROM image WHERE id = $1) AS owner`;
const OPEN = `INSERT INTO intent AS i (id, image_id, store_id, key, lease_owner, lease_until, tag_key, transfer_id)
  VALUES ($1, $2, $3, $4, $5, ${fromNow(6)}, $7, $8) RETURNING ${COLUMNS}`;
const GET = `SELECT ${COLUMNS} FROM intent i WHERE i.id = $1`;
const SET_SESSION = 'UPDATE intent SET session = $2, boot_id = $3 WHERE id = $1 RETURNING id';
const SET_RECEIPTS = 'UPDATE intent SET receipts = $2::text::jsonb WHERE id = $1 RETURNING id';
const RENEW = `UPDATE intent SET lease_until = ${fromNow(3)}
  WHERE id = ANY($1::bigint[]) AND lease_owner = $2 RETURNING id`;
// All or none, also outside of a transaction.
const CLOSE = `WITH mine AS (SELECT id FROM intent WHERE id = ANY($1::bigint[]) AND lease_owner = $2 FOR UPDATE)
  DELETE FROM intent WHERE id IN (SELECT id FROM mine) AND (SELECT count(*) FROM mine) = $3 RETURNING id`;
const FORGET = 'DELETE FROM intent WHERE id = $1';
const RELEASE = `UPDATE intent SET lease_owner = NULL, lease_until = least(lease_until, clock_timestamp())
  WHERE id = ANY($1::bigint[]) AND lease_owner = $2`;
/** What a live transfer goes on with later is nobody's rubbish, leased or not. */
export const ABANDONED = `NOT EXISTS (SELECT FROM transfer t WHERE t.intent_id = intent.id AND ${LIVE})`;
const CLAIM_ABANDONED = `UPDATE intent i SET lease_owner = $2, lease_until = ${fromNow(3)}
  WHERE i.id IN (SELECT id FROM intent
    WHERE lease_until <= statement_timestamp() - $4::float8 * interval '1 ms' AND store_id = ANY($1::text[])
      AND ${ABANDONED}
    ORDER BY lease_until LIMIT $5 FOR UPDATE SKIP LOCKED)
  RETURNING ${COLUMNS}`;

interface NextRow {
  readonly id: string;
  readonly owner: string | null;
}

interface IntentRow {
  readonly id: string;
  readonly image_id: string;
  readonly store_id: string;
  readonly key: string;
  readonly session: string | null;
  readonly receipts: readonly PartReceipt[];
  readonly tag_key: Uint8Array | null;
  readonly transfer_id: string | null;
  readonly boot_id: string | null;
}

export function intents(database: Database): IntentRepository {
  const change = async (id: number, text: string, parameters: readonly string[]) => {
    const row = await database.first(text, [id, ...parameters]);
    if (row === undefined) throw noIntent(id);
  };
  return {
    open: async ({ imageId, store, owner, leaseMs, tagKey, transferId }) => {
      const next = await database.first<NextRow>(NEXT_ID, [imageId]);
      const id = toNumber(next?.id ?? '');
      const row = await database.first<IntentRow>(OPEN, [
        id,
        imageId,
        store.id,
        objectKey(store, { id: imageId, owner: next?.owner ?? null }, id),
        owner,
        leaseMs,
        tagKey ?? null,
        transferId ?? null,
      ]);
      if (row === undefined) throw noIntent(id);
      return toIntent(row);
    },
    get: async (id) => {
      const row = await database.first<IntentRow>(GET, [id]);
      if (row === undefined) throw noIntent(id);
      return toIntent(row);
    },
    setSession: (id, session, bootId) => change(id, SET_SESSION, [session, bootId]),
    setReceipts: (id, receipts) => change(id, SET_RECEIPTS, [toJson(receipts)]),
    renew: async (ids, owner, ms) =>
      (await database.rows(RENEW, [toArray(ids), owner, ms])).length === ids.length,
    close: async (ids, owner) => {
      const closed = await database.rows(CLOSE, [toArray(ids), owner, ids.length]);
      if (closed.length !== ids.length) {
        throw new AppError('lease_lost', 'somebody else has the attempt, or it was swept');
      }
    },
    forget: async (id) => {
      await database.rows(FORGET, [id]);
    },
    release: async (ids, owner) => {
      await database.rows(RELEASE, [toArray(ids), owner]);
    },
    claimAbandoned: async (stores, owner, { leaseMs, graceMs, limit }) => {
      const parameters = [toArray(stores), owner, leaseMs, graceMs, limit];
      return (await database.rows<IntentRow>(CLAIM_ABANDONED, parameters)).map(toIntent);
    },
  };
}

function noIntent(id: number): AppError {
  return new AppError('not_found', `no intent ${id}`);
}

function toIntent(row: IntentRow): Intent {
  return {
    id: toNumber(row.id),
    imageId: row.image_id,
    storeId: row.store_id,
    key: row.key,
    session: row.session,
    receipts: row.receipts,
    tagKey: row.tag_key,
    transferId: toNumberOrNull(row.transfer_id),
    bootId: row.boot_id,
  };
}
