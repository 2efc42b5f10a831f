import type { Event, EventRepository, EventType } from '@parallax/core';
import type { Database } from '../database.ts';
import { toDate, toJson, toNumber } from '../values.ts';

/** Any number, as long as every version of the product uses the same. */
const RELAY_LOCK = 7_420_002;
const BATCH = 5_000;

const APPEND = `INSERT INTO event (type, image_id, store_id, payload)
  VALUES ($1, $2, $3, coalesce($4::text::jsonb, '{}'))`;
const TRY_LOCK = `SELECT pg_try_advisory_xact_lock(${RELAY_LOCK}) AS mine`;
// Sees exactly the committed rows: whatever commits later is numbered later, by this relay or the next.
const NUMBER = `WITH fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM event
      WHERE seq IS NULL ORDER BY id LIMIT ${BATCH}),
    last AS (SELECT coalesce(max(seq), 0) AS seq FROM event WHERE seq IS NOT NULL)
  UPDATE event SET seq = last.seq + fresh.rank FROM fresh, last WHERE event.id = fresh.id RETURNING event.id`;
const AFTER = `SELECT seq, type, image_id, store_id, payload, created_at FROM event
  WHERE seq > $1 ORDER BY seq LIMIT $2`;

interface EventRow {
  readonly seq: string;
  readonly type: EventType;
  readonly image_id: string | null;
  readonly store_id: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly created_at: string;
}

export function events(database: Database): EventRepository {
  return {
    append: async ({ type, imageId, storeId, payload }) => {
      const json = payload === undefined ? null : toJson(payload);
      await database.rows(APPEND, [type, imageId ?? null, storeId ?? null, json]);
    },
    number: () =>
      database.transaction(async (tx) => {
        const lock = await tx.first<{ mine: boolean }>(TRY_LOCK);
        // A statement of its own, because its snapshot must be younger than the lock.
        return lock?.mine === true ? (await tx.rows(NUMBER)).length : 0;
      }),
    after: async (seq, limit) => (await database.rows<EventRow>(AFTER, [seq, limit])).map(toEvent),
  };
}

function toEvent(row: EventRow): Event {
  return {
    seq: toNumber(row.seq),
    type: row.type,
    ...(row.image_id === null ? {} : { imageId: row.image_id }),
    ...(row.store_id === null ? {} : { storeId: row.store_id }),
    payload: row.payload,
    createdAt: toDate(row.created_at),
  };
}
