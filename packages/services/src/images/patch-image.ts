import {
  AppError,
  type Image,
  type ImagePatch,
  type PropertyGuard,
  type Visibility,
} from '@parallax/core';
import { noSuchImage, requireAccess, requireAccessTo, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { ringReconcile } from '../placement/ring-reconcile.ts';
import { requirePatchWithinLimits } from './image-limits.ts';
import { propertyGuard, seenBy, withUnseen } from './properties.ts';
import { recordFor } from './record.ts';
import { viewFor } from './view.ts';

/**
 * Applies a pure change to the locked row: concurrent patches are all kept, a throwing `apply` changes nothing.
 * `apply` sees the properties that the caller may read, asks `permit` for each that it touches, and leaves the others alone.
 * Returns the record as Glance's JSON.
 */
export async function patchImage(
  ctx: ServiceContext,
  input: {
    readonly id: string;
    apply(image: Image, permit: PropertyGuard): ImagePatch;
    /** All that the change passes through on its way: each needs its right. */
    readonly visibilities: readonly Visibility[];
  },
): Promise<string> {
  const { id } = input;
  const scope = scopeOf(ctx.identity);
  const json = await ctx.catalog.transaction(async (tx) => {
    // Visibility is decided before the lock, so that nobody can hold rows that are not theirs to see.
    if ((await tx.images.find(id, scope)) === undefined) throw noSuchImage(id);
    const image = await tx.images.lock(id);
    if (image === undefined || image.status === 'deleted') throw noSuchImage(id);
    requireAccessTo(ctx, 'modify_image', image);
    const seen = seenBy(ctx, image);
    const patch = withUnseen(image, seen, input.apply(seen, propertyGuard(ctx)));
    requireVisibilityRights(ctx, image, input.visibilities);
    requireFieldRights(ctx, image, patch);
    requirePatchWithinLimits(ctx, image, patch);
    if (Object.keys(patch).length > 0) await tx.images.update(id, patch);
    return (await tx.images.findJson(id, { kind: 'all' }, viewFor(ctx)))?.json;
  });
  if (json === undefined) throw noSuchImage(id);
  await ringReconcile(ctx, id);
  return recordFor(ctx, json);
}

function requireVisibilityRights(
  ctx: ServiceContext,
  image: Image,
  visibilities: readonly Visibility[],
): void {
  if (visibilities.includes('public')) requireAccess(ctx, 'publicize_image', image);
  if (visibilities.includes('community')) requireAccess(ctx, 'communitize_image', image);
}

function requireFieldRights(ctx: ServiceContext, image: Image, patch: ImagePatch): void {
  if (patch.owner !== undefined && !ctx.identity.isAdmin) {
    throw new AppError('forbidden', "Owner can't be updated by non admin.");
  }
  for (const [field, value] of [
    ['disk_format', patch.diskFormat],
    ['container_format', patch.containerFormat],
  ] as const) {
    if (value !== undefined && image.status !== 'queued') {
      throw new AppError(
        'forbidden',
        `Attribute ${field} can be only replaced for a queued image.`,
      );
    }
  }
}
