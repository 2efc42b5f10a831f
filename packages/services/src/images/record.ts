import { IMAGE_FIELDS, type UseCaseContext } from '@parallax/core';

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
