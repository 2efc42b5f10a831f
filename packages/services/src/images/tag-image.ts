import { AppError } from '@parallax/core';
import { noSuchImage, requireAccessTo, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { ringReconcile } from '../placement/ring-reconcile.ts';
import { requireWithin } from './image-limits.ts';

interface TagInput {
  readonly id: string;
  readonly tag: string;
}

/** Idempotent. `too_large` beyond the limit. */
export async function addTag(ctx: ServiceContext, input: TagInput): Promise<void> {
  await changeTags(ctx, input, (tags) => {
    if (tags.includes(input.tag)) return tags;
    requireWithin(ctx, 'tags', tags.length + 1);
    return [...tags, input.tag];
  });
}

/** `not_found` when the image has no such tag. */
export async function removeTag(ctx: ServiceContext, input: TagInput): Promise<void> {
  await changeTags(ctx, input, (tags) => {
    if (!tags.includes(input.tag)) {
      throw new AppError('not_found', `Failed to find tag ${input.tag} of image ${input.id}`);
    }
    return tags.filter((tag) => tag !== input.tag);
  });
}

async function changeTags(
  ctx: ServiceContext,
  { id }: TagInput,
  change: (tags: readonly string[]) => readonly string[],
): Promise<void> {
  await ctx.catalog.transaction(async (tx) => {
    if ((await tx.images.find(id, scopeOf(ctx.identity))) === undefined) throw noSuchImage(id);
    const image = await tx.images.lock(id);
    if (image === undefined || image.status === 'deleted') throw noSuchImage(id);
    requireAccessTo(ctx, 'modify_image', image);
    const tags = change(image.tags);
    if (tags !== image.tags) await tx.images.update(id, { tags });
  });
  // Policies may select by tag.
  await ringReconcile(ctx, id);
}
