import { planFor } from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { ringTransfer } from '../copies/ring-transfer.ts';

/** Turns the plan for one image into transfers. Level-triggered: run it as often as you like. */
export async function reconcileImage(
  ctx: WorkerContext & { readonly trace?: string | undefined },
  imageId: string,
): Promise<void> {
  const { catalog, trace } = ctx;
  const token = await catalog.images.claimReconcile(imageId, ctx.timers.leaseMs);
  if (token === undefined) return;
  const image = await catalog.images.find(imageId, { kind: 'all' });
  if (image === undefined) {
    await catalog.images.reconciled(imageId, token);
    return;
  }
  const [locations, policies, holds] = await Promise.all([
    catalog.locations.listFor(imageId),
    catalog.policies.list(),
    catalog.holds.list(imageId),
  ]);
  const { steps } = planFor({ image, locations, policies, stores: ctx.storeFacts(), holds });
  for (const step of steps) {
    // A suspect copy carries its own timer; nothing plans an evict yet.
    if (step.kind !== 'copy') continue;
    const transfer = await catalog.transfers.request({
      imageId,
      storeId: step.storeId,
      askedBy: 'policy',
      class: 'policy',
      trace,
    });
    await ringTransfer(ctx, transfer);
  }
  await catalog.images.reconciled(imageId, token);
}
