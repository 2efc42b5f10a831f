import { AppError, type NewImage } from '@parallax/core';
import { requireAccess } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { viewFor } from './view.ts';

/** A new `queued` image; returns its record as Glance's JSON. `conflict` when the id was ever used. */
export async function createImage(
  ctx: ServiceContext,
  input: { readonly image: NewImage },
): Promise<string> {
  const { image } = input;
  // Before the rules, which would refuse it too: clients are told whose fault it is.
  if (!ctx.identity.isAdmin && image.owner !== ctx.identity.projectId) {
    throw new AppError(
      'forbidden',
      `You are not permitted to create images owned by '${image.owner ?? 'None'}'`,
    );
  }
  requireAccess(ctx, 'add_image', image);
  requireAccess(ctx, 'add_image', image);
  if (image.visibility === 'public') requireAccess(ctx, 'publicize_image', image);
  if (image.visibility === 'community') requireAccess(ctx, 'communitize_image', image);
  return ctx.catalog.images.insertJson(image, viewFor(ctx));
}
