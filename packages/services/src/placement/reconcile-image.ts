import { type Catalog, planFor, type Transfer } from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { ringTransfer } from '../copies/ring-transfer.ts';

/** How soon the plan is looked at again when a store that it wants is down. */
const STORE_REST_MS = 30_000;

/** Turns the plan for one image into transfers. Level-triggered: run it as often as you like. */
export async function reconcileImage(
  ctx: WorkerContext & { readonly trace?: string | undefined },
  imageId: string,
): Promise<void> {
  const { catalog } = ctx;
  const token = await catalog.images.claimReconcile(imageId, ctx.timers.leaseMs);
  if (token === undefined) return;
  const { wanted, waits } = await catalog.transaction((tx) => requestCopies(ctx, tx, imageId));
  for (const transfer of wanted) await ringTransfer(ctx, transfer);
  await catalog.images.reconciled(imageId, token);
  if (waits) await catalog.images.reconcileIn(imageId, STORE_REST_MS);
}

interface Requested {
  readonly wanted: readonly Transfer[];
  /** A store that is down keeps the plan from being complete. */
  readonly waits: boolean;
}

/** Under the image's lock, so that an evict or a cancel with its hold comes before or after, never in between. */
async function requestCopies(
  ctx: WorkerContext & { readonly trace?: string | undefined },
  tx: Catalog,
  imageId: string,
): Promise<Requested> {
  const image = await tx.images.lock(imageId);
  if (image === undefined) return { wanted: [], waits: false };
  const locations = await tx.locations.listFor(imageId);
  const policies = await tx.policies.list();
  const holds = await tx.holds.list(imageId);
  const stores = ctx.storeFacts();
  const { steps, skipped } = planFor({ image, locations, policies, stores, holds });
  const wanted: Transfer[] = [];
  for (const { kind, storeId } of steps) {
    // A suspect copy carries its own timer; nothing plans an evict yet.
    if (kind !== 'copy') continue;
    const { trace } = ctx;
    wanted.push(
      await tx.transfers.request({ imageId, storeId, askedBy: 'policy', class: 'policy', trace }),
    );
  }
  return { wanted, waits: skipped.some(({ because }) => because === 'store_down') };
}
