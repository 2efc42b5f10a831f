import { AppError } from '@parallax/core';

/** Glance's own word for the bytes of the image, which end before the volume does. With it a volume is a blob. */
export const SIZE_MARK = 'image_size';
/** The uuid of the store's marker. */
export const STORE_MARK = 'parallax_store';

/** A volume as `GET /v3/{project}/volumes/{id}` shows it. */
export interface Volume {
  readonly id: string;
  readonly status: string;
  readonly sizeGib: number;
  readonly createdAt: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** May be attached more than once. */
  readonly multiattach: boolean;
}

export function parseVolume(value: unknown): Volume {
  const found = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { id, status, size, created_at: createdAt, metadata } = found;
  if (typeof id !== 'string' || typeof status !== 'string' || typeof size !== 'number') {
    throw new AppError('store_failed', 'cinder shows a volume that is none');
  }
  return {
    id,
    status,
    sizeGib: size,
    createdAt: String(createdAt),
    metadata: (metadata ?? {}) as Readonly<Record<string, string>>,
    multiattach: found['multiattach'] === true,
  };
}

/** Undefined while it is an unfinished write, or when Cinder failed to make or delete it. */
export function blobSize({ status, metadata }: Volume): number | undefined {
  const size = metadata[SIZE_MARK];
  if (size === undefined || !/^\d{1,15}$/.test(size)) return undefined;
  return status === 'error' || status === 'error_deleting' ? undefined : Number(size);
}

/** Of two, the one that has the key. */
export function byAge(a: Volume, b: Volume): number {
  return a.createdAt === b.createdAt ? compare(a.id, b.id) : compare(a.createdAt, b.createdAt);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
