import { AppError } from '@parallax/core';
import { noSuchImage, requireAccessTo, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

interface ImageInput {
  readonly id: string;
}

/** Keeps everybody but administrators from the image's bytes. Idempotent; `forbidden` for an image that is not active. */
export async function deactivateImage(ctx: ServiceContext, input: ImageInput): Promise<void> {
  await change(ctx, input, { action: 'deactivate', from: 'active', to: 'deactivated' });
}

/** Undoes `deactivateImage`. Idempotent; `forbidden` for an image that was never active. */
export async function reactivateImage(ctx: ServiceContext, input: ImageInput): Promise<void> {
  await change(ctx, input, { action: 'reactivate', from: 'deactivated', to: 'active' });
}

async function change(
  ctx: ServiceContext,
  { id }: ImageInput,
  o: {
    readonly action: 'deactivate' | 'reactivate';
    readonly from: 'active' | 'deactivated';
    readonly to: 'active' | 'deactivated';
  },
): Promise<void> {
  await ctx.catalog.transaction(async (tx) => {
    if ((await tx.images.find(id, scopeOf(ctx.identity))) === undefined) throw noSuchImage(id);
    const image = await tx.images.lock(id);
    if (image === undefined) throw noSuchImage(id);
    requireAccessTo(ctx, o.action, image);
    if (image.status === o.to) return;
    if (image.status !== o.from) {
      throw new AppError(
        'forbidden',
        `Not allowed to ${o.action} image in status '${image.status}'`,
      );
    }
    await tx.images.transition(id, [o.from], o.to);
    await tx.events.append({ type: 'image.update', imageId: id, payload: { status: o.to } });
  });
}
