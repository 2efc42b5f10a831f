import type { ImageRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { IMAGE_COLUMNS, type ImageRow, toImage } from '../image-row.ts';
import { fromNow, toArray } from '../values.ts';
import { whyNot } from './image-writes.ts';

type ImageLeases = Pick<ImageRepository, 'takeForWriting' | 'renew' | 'release' | 'reap'>;

const WRITING = `status IN ('saving', 'importing')`;
const TO_QUEUED = `status = 'queued', size = NULL, virtual_size = NULL, checksum = NULL, os_hash_algo = NULL,
  os_hash_value = NULL, lease_owner = NULL, lease_until = NULL, updated_at = clock_timestamp()`;

const TAKE = `UPDATE image i SET status = $3, fence = i.fence + 1, lease_owner = $4, lease_until = ${fromNow(5)},
    updated_at = clock_timestamp()
  WHERE i.id = $1 AND i.status = ANY($2::text[]) AND i.deleted_at IS NULL
    AND (i.lease_until IS NULL OR i.lease_until < statement_timestamp())
  RETURNING ${IMAGE_COLUMNS}`;
const RENEW = `UPDATE image SET lease_until = ${fromNow(4)}
  WHERE id = $1 AND lease_owner = $2 AND fence = $3 AND ${WRITING} RETURNING id`;
const RELEASE = `UPDATE image SET ${TO_QUEUED} WHERE id = $1 AND fence = $2 AND ${WRITING}`;
// A row that its holder is renewing right now is locked, and skipped: it is not dead.
const REAP = `UPDATE image SET ${TO_QUEUED} WHERE id IN (SELECT id FROM image
    WHERE ${WRITING} AND lease_until < statement_timestamp() FOR NO KEY UPDATE SKIP LOCKED)
  RETURNING id`;

export function imageLeases(database: Database): ImageLeases {
  return {
    takeForWriting: async (id, from, to, lease) => {
      const parameters = [id, toArray(from), to, lease.owner, lease.ms];
      const row = await database.first<ImageRow>(TAKE, parameters);
      if (row === undefined) throw await whyNot(database, id, from, to);
      return toImage(row);
    },
    renew: async (id, lease, ms) =>
      (await database.first(RENEW, [id, lease.owner, lease.fence, ms])) !== undefined,
    release: async (id, fence) => {
      await database.rows(RELEASE, [id, fence]);
    },
    reap: async () => (await database.rows<{ id: string }>(REAP)).map(({ id }) => id),
  };
}
