import type { Deployment } from '@parallax/core';

/** Asks some worker of the first region that has one to look at the image's policies now. */
export async function ringReconcile(
  ctx: Deployment & { readonly trace?: string | undefined },
  imageId: string,
): Promise<void> {
  const worker = ctx.nodes().find((node) => node.role === 'worker');
  const region = worker?.regions[0] ?? ctx.regions[0];
  if (region === undefined) return;
  await ctx.doorbell.ring({ region, name: 'reconcile', id: imageId, trace: ctx.trace });
}
