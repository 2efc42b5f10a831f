import type { Store } from '@parallax/core';
import type { WorkerContext } from '../context.ts';

/** A removed key can never be written again where keys are not of attempts (`glance`): it goes with its image, not before. */
export async function isKeyWanted(
  ctx: WorkerContext,
  store: Store | undefined,
  imageId: string,
): Promise<boolean> {
  if (store === undefined || store.capabilities.attemptKeys) return false;
  return (await ctx.catalog.images.find(imageId, { kind: 'all' })) !== undefined;
}
