import type { ImagePage, ImageQuery } from '@parallax/core';
import { requireAccess, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { listReadable } from './list-readable.ts';
import { viewFor } from './view.ts';

/** One page of the images that the identity sees. */
export async function listImages(
  ctx: ServiceContext,
  input: { readonly query: ImageQuery },
): Promise<ImagePage> {
  requireAccess(ctx, 'get_images');
  if (!ctx.access.plainReads()) return listReadable(ctx, input.query);
  return ctx.catalog.images.listJson(input.query, scopeOf(ctx.identity), viewFor(ctx));
}
