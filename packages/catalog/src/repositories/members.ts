import { AppError, type ImageMember, isAppError, type MemberRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { toDate } from '../values.ts';
import { noSuchImage } from './image-reads.ts';
import { told } from './location-descriptions.ts';

const COLUMNS = 'm.image_id, m.member, m.status, m.created_at, m.updated_at';
const LIST = `SELECT ${COLUMNS} FROM image_member m WHERE m.image_id = $1 ORDER BY m.created_at, m.member`;
const FIND = `SELECT ${COLUMNS} FROM image_member m WHERE m.image_id = $1 AND m.member = $2`;
const COUNT = 'SELECT count(*)::int AS count FROM image_member WHERE image_id = $1';

/** SQL that writes the change of membership row `m` of `changed` as an event. */
function logged(type: string): string {
  return `logged AS (INSERT INTO event (type, image_id, payload)
    SELECT '${type}', m.image_id, jsonb_build_object('member_id', m.member, 'status', m.status) FROM changed m)`;
}
const INSERT = `WITH changed AS (INSERT INTO image_member (image_id, member, image_created_at)
    SELECT id, $2, created_at FROM image WHERE id = $1 AND deleted_at IS NULL RETURNING *),
  ${told('image_id')}, ${logged('image.member.create')} SELECT ${COLUMNS} FROM changed m`;
const SET_STATUS = `WITH changed AS (UPDATE image_member SET status = $3, updated_at = clock_timestamp()
    WHERE image_id = $1 AND member = $2 RETURNING *),
  ${logged('image.member.update')} SELECT ${COLUMNS} FROM changed m`;
const REMOVE = `WITH changed AS (DELETE FROM image_member WHERE image_id = $1 AND member = $2 RETURNING *),
  ${told('image_id')}, ${logged('image.member.delete')} SELECT m.member FROM changed m`;

interface MemberRow {
  readonly image_id: string;
  readonly member: string;
  readonly status: ImageMember['status'];
  readonly created_at: string;
  readonly updated_at: string;
}

export function members(database: Database): MemberRepository {
  return {
    list: async (imageId) => (await database.rows<MemberRow>(LIST, [imageId])).map(toMember),
    find: async (imageId, memberId) => {
      const row = await database.first<MemberRow>(FIND, [imageId, memberId]);
      return row && toMember(row);
    },
    count: async (imageId) =>
      (await database.first<{ count: number }>(COUNT, [imageId]))?.count ?? 0,
    insert: async (imageId, memberId) => {
      const row = await database.first<MemberRow>(INSERT, [imageId, memberId]).catch((error) => {
        if (!isAppError(error, 'conflict')) throw error;
        const message = `Member ${memberId} is duplicated for image ${imageId}`;
        throw new AppError('conflict', message, { cause: error });
      });
      if (row === undefined) throw noSuchImage(imageId);
      return toMember(row);
    },
    setStatus: async (imageId, memberId, status) => {
      const row = await database.first<MemberRow>(SET_STATUS, [imageId, memberId, status]);
      if (row === undefined) throw noSuchMember(imageId, memberId);
      return toMember(row);
    },
    remove: async (imageId, memberId) => {
      if ((await database.first(REMOVE, [imageId, memberId])) !== undefined) return;
      throw noSuchMember(imageId, memberId);
    },
  };
}

function noSuchMember(imageId: string, memberId: string): AppError {
  return new AppError(
    'not_found',
    `${memberId} not found in the member list of the image ${imageId}.`,
  );
}

function toMember(row: MemberRow): ImageMember {
  return {
    imageId: row.image_id,
    memberId: row.member,
    status: row.status,
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
  };
}
