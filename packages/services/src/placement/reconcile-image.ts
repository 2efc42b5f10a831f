import { planFor, type Transfer } from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { ringTransfer } from '../copies/ring-transfer.ts';

/** Turns the plan for one image into transfers. Level-triggered: run it as often as you like. */
export async function reconcileImage(
  ctx: WorkerContext & { readonly trace?: string | undefined },
  imageId: string,
): Promise<void> {
  const { catalog } = ctx;
  const token = await catalog.images.claimReconcile(imageId, ctx.timers.leaseMs);
  if (token === undefined) return;
  const { wanted, waits } = await requestCopies(ctx, imageId);
  for (const transfer of wanted) await ringTransfer(ctx, transfer);
  await catalog.images.reconciled(imageId, token);
  // Stores are checked at this pace: the plan is looked at again when one may have come back.
  if (waits) await catalog.images.reconcileIn(imageId, ctx.timers.reapMs);
}

interface Requested {
  readonly wanted: readonly Transfer[];
  /** A store that is down keeps the plan from being complete. */
  readonly waits: boolean;
}

/** No lock is held while policies are read; the hold of an evict or cancel is looked for once more before each request. */
async function requestCopies(
  ctx: WorkerContext & { readonly trace?: string | undefined },
  imageId: string,
): Promise<Requested> {
  const { catalog } = ctx;
  const image = await catalog.images.find(imageId, { kind: 'all' });
  if (image === undefined) return { wanted: [], waits: false };
  const locations = await catalog.locations.listFor(imageId);
  const policies = await catalog.policies.list();
  const holds = await catalog.holds.list(imageId);
  // Fresh: a store that has just come up would be waited for otherwise.
  const stores = await catalog.stores.list();
  const { steps, skipped } = planFor({ image, locations, policies, stores, holds });
  const wanted: Transfer[] = [];
  for (const { kind, storeId } of steps) {
    // A suspect copy carries its own timer; nothing plans an evict yet.
    if (kind !== 'copy') continue;
    if ((await catalog.holds.list(imageId)).includes(storeId)) continue;
    const { trace } = ctx;
    wanted.push(
      await catalog.transfers.request({
        imageId,
        storeId,
        askedBy: 'policy',
        class: 'policy',
        trace,
      }),
    );
  }
  return { wanted, waits: skipped.some(({ because }) => because === 'store_down') };
}
