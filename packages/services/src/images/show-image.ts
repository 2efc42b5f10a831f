import { accessTargetOf } from '@parallax/core';
import { noSuchImage, requireAccessTo, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { parseRecord, readablePart } from './record.ts';
import { viewFor } from './view.ts';

/** One image's record as Glance's JSON; `not_found` for whoever may not see it. */
export async function showImage(
  ctx: ServiceContext,
  input: { readonly id: string },
): Promise<string> {
  const found = await ctx.catalog.images.findJson(input.id, scopeOf(ctx.identity), viewFor(ctx));
  if (found === undefined) throw noSuchImage(input.id);
  const { id } = input;
  if (ctx.access.plainReads()) {
    requireAccessTo(ctx, 'get_image', { ...found, id });
    return found.json;
  }
  const record = parseRecord(found.json);
  requireAccessTo(ctx, 'get_image', { ...accessTargetOf(record), id });
  return JSON.stringify(readablePart(ctx, record));
}
