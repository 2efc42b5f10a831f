import { AppError, isAppError } from '@parallax/core';
import { noSuchImage, requireAccess } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { ringReconcile } from '../placement/ring-reconcile.ts';

/**
 * Undoes the delete of an image that is `pending_delete`: it is what it was before, with its members, tags and copies.
 * `conflict` for an image that is not, or not any more; an operator's right.
 */
export async function restoreImage(
  ctx: ServiceContext,
  { id }: { readonly id: string },
): Promise<{ readonly id: string; readonly status: string }> {
  requireAccess(ctx, 'federation:images:restore');
  const { status } = await ctx.catalog.images.restore(id).catch((error: unknown) => {
    if (isAppError(error, 'not_found')) throw noSuchImage(id);
    if (!isAppError(error, 'conflict')) throw error;
    throw new AppError(
      'conflict',
      `Image ${id} is ${String(error.context['status'])}: only an image that is pending_delete can be restored`,
      { cause: error },
    );
  });
  await ringReconcile(ctx, id);
  return { id, status };
}
