import {
  type AccessTarget,
  IMAGE_FIELDS,
  type ImageStatus,
  type UseCaseContext,
  VISIBILITIES,
} from '@parallax/core';

/** Glance's JSON of one image, parsed: fields and custom properties side by side. */
export type ImageRecord = Readonly<Record<string, unknown>>;

/** The catalog wrote the text, so it is a record. */
export function parseRecord(json: string): ImageRecord {
  return JSON.parse(json) as ImageRecord;
}

const FIELDS: ReadonlySet<string> = new Set(IMAGE_FIELDS);

/** The record without the properties that the caller may not read. */
export function readablePart(ctx: UseCaseContext, record: ImageRecord): ImageRecord {
  const { access, identity } = ctx;
  return Object.fromEntries(
    Object.entries(record).filter(
      ([name]) => FIELDS.has(name) || access.allowsProperty('read', name, identity),
    ),
  );
}

/** A record to answer with; as Postgres wrote it while nothing is protected. */
export function recordFor(ctx: UseCaseContext, json: string): string {
  return ctx.access.plainReads() ? json : JSON.stringify(readablePart(ctx, parseRecord(json)));
}

/** What rules look at. */
export function targetOf(record: ImageRecord): AccessTarget {
  const text = (name: string): string | null => {
    const value = record[name];
    return typeof value === 'string' ? value : null;
  };
  const number = (name: string): number | null => {
    const value = record[name];
    return typeof value === 'number' ? value : null;
  };
  return {
    id: text('id') ?? '',
    name: text('name'),
    // Written by the catalog, which knows no other.
    status: text('status') as ImageStatus,
    visibility: VISIBILITIES.find((known) => known === record['visibility']) ?? 'private',
    protected: record['protected'] === true,
    osHidden: record['os_hidden'] === true,
    owner: text('owner'),
    diskFormat: text('disk_format'),
    containerFormat: text('container_format'),
    minDisk: number('min_disk') ?? 0,
    minRam: number('min_ram') ?? 0,
    size: number('size'),
    virtualSize: number('virtual_size'),
    checksum: text('checksum'),
    osHashAlgo: text('os_hash_algo'),
    osHashValue: text('os_hash_value'),
    tags: Array.isArray(record['tags']) ? record['tags'].map(String) : [],
    createdAt: new Date(text('created_at') ?? 0),
    updatedAt: new Date(text('updated_at') ?? 0),
    properties: Object.fromEntries(
      Object.entries(record)
        .filter(([name]) => !FIELDS.has(name))
        .map(([name, value]) => [name, String(value)]),
    ),
  };
}
