import type { Image, ImageStatus, Visibility } from '@parallax/core';
import { toDate, toNumber, toNumberOrNull } from './values.ts';

/** Columns of image `i` as `toImage` wants them. */
export const IMAGE_COLUMNS = `i.id, i.name, i.status, i.visibility, i.protected, i.os_hidden, i.owner, i.disk_format,
  i.container_format, i.min_disk, i.min_ram, i.size, i.virtual_size, i.checksum, i.os_hash_algo, i.os_hash_value,
  i.properties || i.bookkeeping AS properties, to_json(i.tags) AS tags, i.revision, i.fence, i.created_at, i.updated_at`;

export interface ImageRow {
  readonly id: string;
  readonly name: string | null;
  readonly status: ImageStatus;
  readonly visibility: Visibility;
  readonly protected: boolean;
  readonly os_hidden: boolean;
  readonly owner: string | null;
  readonly disk_format: string | null;
  readonly container_format: string | null;
  readonly min_disk: number;
  readonly min_ram: number;
  readonly size: string | null;
  readonly virtual_size: string | null;
  readonly checksum: string | null;
  readonly os_hash_algo: string | null;
  readonly os_hash_value: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly revision: string;
  readonly fence: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export function toImage(row: ImageRow): Image {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    visibility: row.visibility,
    protected: row.protected,
    osHidden: row.os_hidden,
    owner: row.owner,
    diskFormat: row.disk_format,
    containerFormat: row.container_format,
    minDisk: row.min_disk,
    minRam: row.min_ram,
    size: toNumberOrNull(row.size),
    virtualSize: toNumberOrNull(row.virtual_size),
    checksum: row.checksum,
    osHashAlgo: row.os_hash_algo,
    osHashValue: row.os_hash_value,
    properties: row.properties,
    tags: row.tags,
    revision: toNumber(row.revision),
    fence: toNumber(row.fence),
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
  };
}
