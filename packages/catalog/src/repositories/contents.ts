import { AppError, type Content, type ContentRepository, type ManifestSlice } from '@parallax/core';
import type { Database } from '../database.ts';
import { toNumber } from '../values.ts';

const COLUMNS = 'c.image_id, c.size, c.md5, c.os_hash_algo, c.os_hash_value, c.tag_key';
const FIND = `SELECT ${COLUMNS} FROM content c WHERE c.image_id = $1`;
const INSERT = `WITH made AS (INSERT INTO content (image_id, size, md5, os_hash_algo, os_hash_value, tag_key)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING *)
  UPDATE image SET size = made.size, checksum = made.md5, os_hash_algo = made.os_hash_algo,
    os_hash_value = made.os_hash_value, virtual_size = $7, updated_at = clock_timestamp()
  FROM made WHERE image.id = made.image_id AND image.deleted_at IS NULL RETURNING image.id`;
const INSERT_SLICE = 'INSERT INTO manifest (image_id, slice, tags, zeros) VALUES ($1, $2, $3, $4)';
const SLICE = 'SELECT tags, zeros FROM manifest WHERE image_id = $1 AND slice = $2';
const TWINS = `SELECT ${COLUMNS} FROM content c
  WHERE c.os_hash_value = $1 AND c.size = $2 AND c.os_hash_algo = $3 AND c.image_id <> $4
    AND EXISTS (SELECT FROM location l WHERE l.image_id = c.image_id AND l.state <> 'deleting')
  ORDER BY c.created_at, c.image_id LIMIT 100`;

interface ContentRow {
  readonly image_id: string;
  readonly size: string;
  readonly md5: string;
  readonly os_hash_algo: string;
  readonly os_hash_value: string;
  readonly tag_key: Uint8Array;
}

export function contents(database: Database): ContentRepository {
  return {
    find: async (imageId) => {
      const row = await database.first<ContentRow>(FIND, [imageId]);
      return row && toContent(row);
    },
    insert: (content, slices, virtualSize) =>
      database.transaction(async (tx) => {
        const { imageId, size, md5, osHashAlgo, osHashValue, tagKey } = content;
        const parameters = [imageId, size, md5, osHashAlgo, osHashValue, tagKey, virtualSize];
        if ((await tx.first(INSERT, parameters)) === undefined) {
          throw new AppError('conflict', `Image ${imageId} was deleted`);
        }
        for (const { slice, tags, zeros } of slices) {
          await tx.rows(INSERT_SLICE, [imageId, slice, tags, zeros]);
        }
      }),
    slice: async (imageId, slice) => {
      const row = await database.first<Omit<ManifestSlice, 'slice'>>(SLICE, [imageId, slice]);
      if (row === undefined) {
        throw new AppError('not_found', `no slice ${slice} in the manifest of ${imageId}`);
      }
      return { slice, tags: row.tags, zeros: row.zeros };
    },
    twins: async ({ imageId, size, osHashAlgo, osHashValue }) => {
      const parameters = [osHashValue, size, osHashAlgo, imageId];
      return (await database.rows<ContentRow>(TWINS, parameters)).map(toContent);
    },
  };
}

function toContent(row: ContentRow): Content {
  return {
    imageId: row.image_id,
    size: toNumber(row.size),
    md5: row.md5,
    osHashAlgo: row.os_hash_algo,
    osHashValue: row.os_hash_value,
    tagKey: row.tag_key,
  };
}
