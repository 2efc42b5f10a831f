import { AppError, type NewImage } from '@parallax/core';
import { requireAccess } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { requireNewWithinLimits } from './image-limits.ts';
import { propertyGuard } from './properties.ts';
import { recordFor } from './record.ts';
import { viewFor } from './view.ts';

/** A new `queued` image; returns its record as Glance's JSON. `conflict` when the id was ever used, `too_large`. */
export async function createImage(
  ctx: ServiceContext,
  input: { readonly image: NewImage },
): Promise<string> {
  const { image } = input;
  const { owner, visibility } = image;
  const target = { owner, visibility };
  const decision = ctx.access.decide('add_image', ctx.identity, target);
  if (!decision.allow && owner !== ctx.identity.projectId) {
    throw new AppError(
      'forbidden',
      `You are not permitted to create images owned by '${owner ?? 'None'}'`,
      { context: { rule: decision.rule } },
    );
  }
  requireAccess(ctx, 'add_image', target);
  if (visibility === 'public') requireAccess(ctx, 'publicize_image', target);
  if (visibility === 'community') requireAccess(ctx, 'communitize_image', target);
  const permit = propertyGuard(ctx);
  for (const property of Object.keys(image.properties)) permit('create', property);
  requireNewWithinLimits(ctx, image);
  return recordFor(ctx, await ctx.catalog.images.insertJson(image, viewFor(ctx)));
}
