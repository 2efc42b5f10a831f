import {
  AppError,
  type ImagePatch,
  type ImageRepository,
  type ImageStatus,
  isAppError,
  type NewImage,
} from '@parallax/core';
import type { Database, Parameter } from '../database.ts';
import { perView, recordSql, viewParameters } from '../image-record.ts';
import { IMAGE_COLUMNS, type ImageRow, toImage } from '../image-row.ts';
import { isBookkeeping } from '../list-filters.ts';
import { toArray, toJson } from '../values.ts';
import { noSuchImage } from './image-reads.ts';
import { told } from './location-descriptions.ts';

type ImageWrites = Pick<
  ImageRepository,
  'insert' | 'insertJson' | 'update' | 'transition' | 'setBookkeeping'
>;

// The id's own row comes first: its primary key is what refuses an id that was ever used.
const CREATE = `WITH taken AS (INSERT INTO image_id (id) VALUES ($1)),
  created AS (INSERT INTO image (id, name, visibility, protected, os_hidden, owner, disk_format, container_format,
      min_disk, min_ram, properties, tags)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12::text[]) RETURNING *),
  logged AS (INSERT INTO event (type, image_id) VALUES ('image.create', $1))`;
const INSERT = `${CREATE} SELECT ${IMAGE_COLUMNS} FROM created i`;
const insertJson = perView(
  (shown) => `${CREATE} SELECT ${recordSql(13, shown)} AS json FROM created i`,
);

/** SQL that asks for the image's policies to be looked at now. */
export const RECONCILE_NOW = `reconcile_at = least(i.reconcile_at, clock_timestamp()),
    reconcile_fence = i.reconcile_fence + 1`;

const UPDATE = `WITH changed AS (UPDATE image i SET
    name = CASE WHEN $2 THEN $3 ELSE i.name END,
    visibility = coalesce($4, i.visibility),
    protected = coalesce($5, i.protected),
    os_hidden = coalesce($6, i.os_hidden),
    owner = CASE WHEN $7 THEN $8 ELSE i.owner END,
    disk_format = CASE WHEN $9 THEN $10 ELSE i.disk_format END,
    container_format = CASE WHEN $11 THEN $12 ELSE i.container_format END,
    min_disk = coalesce($13, i.min_disk),
    min_ram = coalesce($14, i.min_ram),
    properties = coalesce($15::text::jsonb, i.properties),
    tags = coalesce($16::text[], i.tags),
    updated_at = clock_timestamp(), revision = i.revision + 1, ${RECONCILE_NOW}
  WHERE i.id = $1 AND i.deleted_at IS NULL RETURNING *),
  ${told('id')},
  logged AS (INSERT INTO event (type, image_id) SELECT 'image.update', id FROM changed)
  SELECT ${IMAGE_COLUMNS} FROM changed i`;

const TRANSITION = `WITH changed AS (UPDATE image i SET status = $3, updated_at = clock_timestamp(),
    size = CASE WHEN $3 = 'queued' THEN NULL ELSE i.size END,
    virtual_size = CASE WHEN $3 = 'queued' THEN NULL ELSE i.virtual_size END,
    lease_owner = NULL, lease_until = NULL, ${RECONCILE_NOW}
  WHERE i.id = $1 AND i.status = ANY($2::text[]) AND i.deleted_at IS NULL RETURNING *),
  ${told('id')}
  SELECT ${IMAGE_COLUMNS} FROM changed i`;

const BOOKKEEPING = `UPDATE image SET bookkeeping = (bookkeeping || $2::text::jsonb) - $3::text[]
  WHERE id = $1 AND deleted_at IS NULL RETURNING id`;

const STATUS = 'SELECT status FROM image WHERE id = $1';

export function imageWrites(database: Database): ImageWrites {
  return {
    insert: async (image) => {
      const row = await database
        .first<ImageRow>(INSERT, newImageParameters(image))
        .catch((error: unknown) => taken(image.id, error));
      if (row === undefined) throw noSuchImage(image.id);
      return toImage(row);
    },
    insertJson: async (image, view) => {
      const parameters = [...newImageParameters(image), ...viewParameters(view)];
      const row = await database
        .first<{ json: string }>(insertJson(view), parameters)
        .catch((error: unknown) => taken(image.id, error));
      if (row === undefined) throw noSuchImage(image.id);
      return row.json;
    },
    update: async (id, patch) => {
      const row = await database.first<ImageRow>(UPDATE, [id, ...patchParameters(patch)]);
      if (row === undefined) throw noSuchImage(id);
      return toImage(row);
    },
    transition: async (id, from, to) => {
      const row = await database.first<ImageRow>(TRANSITION, [id, toArray(from), to]);
      if (row === undefined) throw await whyNot(database, id, from, to);
      return toImage(row);
    },
    setBookkeeping: async (id, values) => {
      const entries = Object.entries(values);
      const set = Object.fromEntries(entries.filter(([, value]) => value !== null));
      const removed = entries.filter(([, value]) => value === null).map(([name]) => name);
      const row = await database.first(BOOKKEEPING, [id, toJson(set), toArray(removed)]);
      if (row === undefined) throw noSuchImage(id);
    },
  };
}

function newImageParameters(image: NewImage): readonly Parameter[] {
  return [
    image.id,
    image.name,
    image.visibility,
    image.protected,
    image.osHidden,
    image.owner,
    image.diskFormat,
    image.containerFormat,
    image.minDisk,
    image.minRam,
    toJson(withoutBookkeeping(image.properties)),
    toArray(image.tags),
  ];
}

function patchParameters(patch: ImagePatch): readonly Parameter[] {
  return [
    patch.name !== undefined,
    patch.name ?? null,
    patch.visibility ?? null,
    patch.protected ?? null,
    patch.osHidden ?? null,
    patch.owner !== undefined,
    patch.owner ?? null,
    patch.diskFormat !== undefined,
    patch.diskFormat ?? null,
    patch.containerFormat !== undefined,
    patch.containerFormat ?? null,
    patch.minDisk ?? null,
    patch.minRam ?? null,
    patch.properties === undefined ? null : toJson(withoutBookkeeping(patch.properties)),
    patch.tags === undefined ? null : toArray(patch.tags),
  ];
}

/** Reading shows both as properties; only `setBookkeeping` writes Glance's own. */
function withoutBookkeeping(properties: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !isBookkeeping(name)));
}

function taken(id: string, error: unknown): never {
  if (!isAppError(error, 'conflict')) throw error;
  throw new AppError('conflict', `Image ID ${id} already exists!`, { cause: error });
}

/** `conflict` with the status that stood in the way; `not_found` when there never was such an image. */
export async function whyNot(
  database: Database,
  id: string,
  from: readonly ImageStatus[],
  to: ImageStatus,
): Promise<AppError> {
  const row = await database.first<{ status: ImageStatus }>(STATUS, [id]);
  if (row === undefined) return noSuchImage(id);
  const message = `Image status transition from ${row.status} to ${to} is not allowed`;
  return new AppError('conflict', message, { context: { status: row.status, from } });
}
