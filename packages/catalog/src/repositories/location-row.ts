import type { Location } from '@parallax/core';
import { toDate, toDateOrNull, toNumber } from '../values.ts';

export const LOCATION_COLUMNS = `l.id, l.image_id, l.store_id, l.key, l.state, l.proof, l.proved_at, l.asked_by,
  l.purpose, l.reason, l.created_at`;

export interface LocationRow {
  readonly id: string;
  readonly image_id: string;
  readonly store_id: string;
  readonly key: string;
  readonly state: Location['state'];
  readonly proof: Location['proof'];
  readonly proved_at: string | null;
  readonly asked_by: Location['askedBy'];
  readonly purpose: Location['purpose'];
  readonly reason: Location['reason'];
  readonly created_at: string;
}

export function toLocation(row: LocationRow): Location {
  return {
    id: toNumber(row.id),
    imageId: row.image_id,
    storeId: row.store_id,
    key: row.key,
    state: row.state,
    proof: row.proof,
    provedAt: toDateOrNull(row.proved_at),
    askedBy: row.asked_by,
    purpose: row.purpose,
    reason: row.reason,
    createdAt: toDate(row.created_at),
  };
}
