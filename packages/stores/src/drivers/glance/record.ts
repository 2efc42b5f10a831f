import { AppError, type BlobSubject, IMAGE_FIELDS } from '@parallax/core';

/** Which Parallax store an image there belongs to: the marker's uuid. */
export const STORE_PROPERTY = 'parallax_store';
/** The attempt that fills a placeholder. */
export const SESSION_PROPERTY = 'parallax_session';
/** On the marker alone. */
export const UUID_PROPERTY = 'parallax_store_uuid';

export type GlanceRecord = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly status: string;
};

/** `store_failed` when it is no image of Image API v2. */
export function parseRecord(value: unknown): GlanceRecord {
  if (typeof value === 'object' && value !== null && 'id' in value && 'status' in value) {
    const { id, status } = value;
    if (typeof id === 'string' && typeof status === 'string') return { ...value, id, status };
  }
  throw new AppError('store_failed', 'glance answered with something that is no image');
}

export function textOf(record: GlanceRecord, field: string): string | undefined {
  const value = record[field];
  return typeof value === 'string' ? value : undefined;
}

/** Bytes that can be read there; undefined while there are none. */
export function sizeOf(record: GlanceRecord): number | undefined {
  const readable = record.status === 'active' || record.status === 'deactivated';
  return readable && typeof record['size'] === 'number' ? record['size'] : undefined;
}

/** Names that Glance keeps for itself, or that are ours there: neither sent nor removed. */
function isReserved(name: string): boolean {
  return /^(os_glance_|parallax_)/.test(name) || IMAGE_FIELDS.includes(name);
}

/** What we keep in step there, by the names of Image API v2. Formats are not among it: they are fixed once bytes are there. */
export function fieldsOf(
  { image }: BlobSubject,
  ownerMap: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const { owner } = image;
  const properties = Object.entries(image.properties).filter(([name]) => !isReserved(name));
  return {
    ...Object.fromEntries(properties),
    // Nobody's image is the service's own there.
    ...(owner === null ? {} : { owner: ownerMap[owner] ?? owner }),
    name: image.name,
    visibility: image.visibility,
    protected: image.protected,
    os_hidden: image.osHidden,
    min_disk: image.minDisk,
    min_ram: image.minRam,
    tags: [...image.tags],
  };
}

interface Change {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** JSON patch (RFC 6902) from the record there to the fields wanted; empty when they agree. */
export function changesOf(
  record: GlanceRecord,
  wanted: Readonly<Record<string, unknown>>,
): readonly Change[] {
  const changes: Change[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    if (isSame(record[name], value)) continue;
    changes.push({ op: name in record ? 'replace' : 'add', path: pointer(name), value });
  }
  for (const name of Object.keys(record)) {
    if (!(name in wanted) && !isReserved(name)) changes.push({ op: 'remove', path: pointer(name) });
  }
  return changes;
}

function isSame(there: unknown, here: unknown): boolean {
  if (!Array.isArray(there) || !Array.isArray(here)) return there === here;
  // Glance gives tags in any order.
  return JSON.stringify(there.toSorted()) === JSON.stringify(here.toSorted());
}

function pointer(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
