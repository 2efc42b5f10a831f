import { AppError, passKillPoint } from '@parallax/core';
import { requireAccessTo, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

/**
 * The image is gone everywhere at once; its objects follow after the grace, or when it can no longer be restored.
 * `forbidden` when protected.
 */
export async function deleteImage(
  ctx: ServiceContext,
  input: { readonly id: string },
): Promise<void> {
  const { id } = input;
  await ctx.catalog.transaction(async (tx) => {
    if ((await tx.images.find(id, scopeOf(ctx.identity))) === undefined) throw missing(id);
    const image = await tx.images.lock(id);
    if (image === undefined || image.status === 'deleted') throw missing(id);
    requireAccessTo(ctx, 'delete_image', image, missing);
    if (image.protected) {
      throw new AppError('forbidden', `Image ${id} is protected and cannot be deleted.`);
    }
    passKillPoint('delete.locked');
    const cause = `user ${ctx.identity.userId}`;
    const { restorableMs } = ctx.retention;
    // Without bytes there is nothing that could be restored.
    const hasBytes = image.status === 'active' || image.status === 'deactivated';
    if (restorableMs === undefined || !hasBytes) {
      await tx.images.remove(id, { cause, graceMs: ctx.timers.removeGraceMs });
    } else {
      await tx.images.removeLater(id, { cause, delayMs: restorableMs });
    }
  });
  passKillPoint('delete.done');
}

function missing(id: string): AppError {
  return new AppError('not_found', `Failed to find image ${id} to delete`);
}
