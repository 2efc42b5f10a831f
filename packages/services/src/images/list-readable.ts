import { AppError, accessTargetOf, type ImagePage, type ImageQuery } from '@parallax/core';
import { asReached, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { type ImageRecord, parseRecord, readablePart } from './record.ts';
import { viewFor } from './view.ts';

/** Looking for images that may be read ends after so long. */
const SEARCH_MS = 5000;
/** Rows per look, once the first did not fill the page. */
const SEARCH_ROWS = 1000;

/**
 * A page where rules or protections of the operator's own decide about single images: rows are taken until the page is
 * full, so that no page is short and `next` never names an image that the caller may not see.
 */
export async function listReadable(ctx: ServiceContext, query: ImageQuery): Promise<ImagePage> {
  // Finding by a property tells its value.
  const asked = Object.keys(query.properties ?? {});
  if (!asked.every((name) => ctx.access.allowsProperty('read', name, ctx.identity))) {
    return { json: '[]', next: undefined };
  }
  await requireReadableMarker(ctx, query);
  const deadline = performance.now() + SEARCH_MS;
  const found: ImageRecord[] = [];
  let rows: ImageQuery = query;
  for (;;) {
    const page = await ctx.catalog.images.listJson(rows, scopeOf(ctx.identity), viewFor(ctx));
    // The catalog's own text: an array of records.
    for (const record of JSON.parse(page.json) as ImageRecord[]) {
      if (!mayRead(ctx, record)) continue;
      found.push(readablePart(ctx, record));
      if (found.length === query.limit) return pageOf(found, String(record['id']));
    }
    if (page.next === undefined) return pageOf(found, undefined);
    if (performance.now() > deadline) throw tooSlow();
    ctx.signal.throwIfAborted();
    rows = { ...query, limit: Math.max(query.limit, SEARCH_ROWS), marker: page.next };
  }
}

function mayRead(ctx: ServiceContext, record: ImageRecord): boolean {
  const target = asReached(ctx.identity, accessTargetOf(record));
  return ctx.access.decide('get_image', ctx.identity, target).allow;
}

/** One that the scope shows and the rules hide is answered as one that is not there. */
async function requireReadableMarker(ctx: ServiceContext, { marker }: ImageQuery): Promise<void> {
  if (marker === undefined) return;
  const shown = await ctx.catalog.images.findJson(marker, scopeOf(ctx.identity), viewFor(ctx));
  if (shown === undefined || mayRead(ctx, parseRecord(shown.json))) return;
  throw new AppError('invalid_request', 'Invalid marker. No such image');
}

function pageOf(records: readonly ImageRecord[], next: string | undefined): ImagePage {
  return { json: JSON.stringify(records), next };
}

function tooSlow(): AppError {
  return new AppError('unavailable', 'too few of very many images may be listed', {
    retryAfterMs: SEARCH_MS,
  });
}
