import { AppError, isAppError } from '@parallax/core';
import { authorizedImage, requireAccessTo } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

/** Glance's delete from one store: never the last copy, and a hold keeps policies from bringing it back. */
export async function evictCopy(
  ctx: ServiceContext,
  input: { readonly imageId: string; readonly storeId: string },
): Promise<void> {
  const { imageId, storeId } = input;
  const store = ctx.storeFacts().find(({ id }) => id === storeId);
  if (store === undefined) {
    throw new AppError('conflict', `The selected store ${storeId} is not available on this node.`);
  }
  const image = await authorizedImage(ctx, imageId, 'get_image_location');
  requireAccessTo(ctx, 'delete_image_location', image);
  if (image.status !== 'active') {
    throw new AppError(
      'conflict',
      "It's not allowed to remove image data from store if image status is not 'active'",
    );
  }
  if (store.kind === 'glance') {
    // A DELETE there burns the id: the copy could never come back while the image lives.
    throw new AppError(
      'forbidden',
      `Store ${storeId} keeps its copy of an image until the image is deleted.`,
    );
  }
  await ctx.catalog.transaction(async (tx) => {
    await tx.images.lock(imageId);
    const locations = await tx.locations.listFor(imageId);
    const location = locations.find((candidate) => candidate.storeId === storeId);
    if (location === undefined) {
      throw new AppError('not_found', `Image ${imageId} is not stored on store ${storeId}.`);
    }
    try {
      await tx.locations.unroute(location.id, {
        reason: 'evicted',
        graceMs: ctx.timers.removeGraceMs,
      });
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
      throw new AppError(
        'forbidden',
        `Cannot delete image data from the only store containing it. Consider deleting the image instead.`,
        { cause: error },
      );
    }
    await tx.holds.put(imageId, storeId, 'evicted');
    await tx.events.append({
      type: 'location.remove',
      imageId,
      storeId,
      payload: { reason: 'evicted' },
    });
  });
}
