import {
  type AccessAction,
  type AccessTarget,
  AppError,
  type Identity,
  type Image,
  type Scope,
  type UseCaseContext,
} from '@parallax/core';

/** What the identity can see at all. */
export function scopeOf({ isAdmin, projectId }: Identity): Scope {
  return { kind: isAdmin ? 'all' : 'project', projectId };
}

/** `forbidden` unless the rules allow the action, on the target when there is one. */
export function requireAccess(
  ctx: UseCaseContext,
  action: AccessAction,
  target?: AccessTarget,
): void {
  const decision = ctx.access.decide(action, ctx.identity, target);
  if (!decision.allow) {
    throw new AppError('forbidden', `You are not authorized to complete ${action} action.`, {
      context: { rule: decision.rule },
    });
  }
}

/** The one text for an image that is foreign, deleted or was never there. */
export function noSuchImage(id: string): AppError {
  return new AppError('not_found', `No image found with ID ${id}`);
}

/** The image, when the identity may do `action` on it. Whoever may not even see it gets `not_found`, as if it were not there. */
export async function authorizedImage(
  ctx: UseCaseContext,
  id: string,
  action: AccessAction,
): Promise<Image> {
  const image = await ctx.catalog.images.find(id, scopeOf(ctx.identity));
  if (image === undefined) throw noSuchImage(id);
  requireAccessTo(ctx, action, image);
  return image;
}

/**
 * Glance's hiding rule: denied and not readable looks like absent (glance-v2.md §2.5). `missing` is what the verb says of
 * images that are not there, when that is not the usual text: a single word of difference would tell that there is one.
 */
export function requireAccessTo(
  ctx: UseCaseContext,
  action: AccessAction,
  image: AccessTarget & { readonly id: string },
  missing: (id: string) => AppError = noSuchImage,
): void {
  const target = asReached(ctx.identity, image);
  if (!ctx.access.decide('get_image', ctx.identity, target).allow) throw missing(image.id);
  if (action !== 'get_image') requireAccess(ctx, action, target);
}

/** A shared image that the scope shows to another project is shown to it as a member. */
export function asReached(identity: Identity, image: AccessTarget): AccessTarget {
  const { projectId } = identity;
  const isMember = image.visibility === 'shared' && image.owner !== projectId && !identity.isAdmin;
  return isMember ? { ...image, memberId: projectId } : image;
}
