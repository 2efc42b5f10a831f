import { isAppError, passKillPoint, type Store } from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { concludeTaskById } from '../copies/conclude-task.ts';
import { isKeyWanted } from '../copies/is-key-wanted.ts';
import { transferEvent } from '../copies/transfer-event.ts';
import { carryOutAcceptEmpty } from '../regions/accept-empty.ts';
import { checkStore } from '../regions/check-store.ts';

const BATCH = 100;
const IN_USE_REST_MS = 10 * 60_000;

/**
 * One pass over what crashes and deletes left behind, in this worker's stores: images whose writer died go back to
 * `queued`, abandoned intents and deleted copies lose their objects. Nothing is removed from a store that is not proved to be ours.
 */
export async function sweepObjects(ctx: WorkerContext): Promise<void> {
  await carryOutAcceptEmpty(ctx);
  const reaped = await ctx.catalog.images.reap();
  if (reaped.length > 0) ctx.log.warn({ imageIds: reaped }, 'uploads of dead processes reset');
  await sweepDeleted(ctx);
  await ctx.catalog.transaction(async (tx) => {
    for (const transfer of await tx.transfers.reapCancelled()) {
      await tx.events.append(transferEvent('transfer.cancelled', transfer, 'cancelled'));
    }
  });
  await concludeTasks(ctx);
  const usable: Store[] = [];
  for (const store of ctx.configured.list()) {
    if (!(await checkStore(ctx, store))) continue;
    usable.push(store);
    if (store.describe !== undefined) await ctx.catalog.stores.setDescribes(store.id);
  }
  const byId = new Map(usable.map((store) => [store.id, store]));
  await sweepIntents(ctx, byId);
  await sweepRemovals(ctx, byId);
}

/** What delayed deletes and the purge have come to; the objects of scrubbed images are removed like all others. */
async function sweepDeleted(ctx: WorkerContext): Promise<void> {
  const { images } = ctx.catalog;
  const scrubbed = await images.scrub({ limit: BATCH, graceMs: ctx.timers.removeGraceMs });
  if (scrubbed.length > 0) ctx.log.info({ imageIds: scrubbed }, 'deleted images scrubbed');
  const { purgeMs } = ctx.retention;
  if (purgeMs === undefined) return;
  const purged = await images.purge(purgeMs, BATCH);
  if (purged > 0) ctx.log.info({ images: purged }, 'rows of deleted images purged');
}

/** One task that cannot be concluded must not keep the sweep from everything else. */
async function concludeTasks(ctx: WorkerContext): Promise<void> {
  for (const taskId of await ctx.catalog.tasks.unfinished(BATCH)) {
    try {
      await concludeTaskById(ctx, taskId);
    } catch (error) {
      if (!isAppError(error)) throw error;
      ctx.log.error({ taskId, err: error }, 'task not concluded');
    }
  }
}

async function sweepIntents(ctx: WorkerContext, stores: ReadonlyMap<string, Store>): Promise<void> {
  const { intentGraceMs, leaseMs } = ctx.timers;
  const claimed = await ctx.catalog.intents.claimAbandoned([...stores.keys()], ctx.nodeId, {
    leaseMs,
    graceMs: intentGraceMs,
    limit: BATCH,
  });
  for (const intent of claimed) {
    passKillPoint('sweep.claimed');
    const store = stores.get(intent.storeId);
    if (await isKeyWanted(ctx, store, intent.imageId)) {
      // A later attempt under the same key may have become a copy: then the object is its location's.
      const copies = await ctx.catalog.locations.listFor(intent.imageId);
      if (copies.some(({ storeId, key }) => storeId === intent.storeId && key === intent.key)) {
        await ctx.catalog.intents.forget(intent.id);
      }
      continue;
    }
    if (!(await removeObject(ctx, store, intent.key))) continue;
    passKillPoint('sweep.object');
    await ctx.catalog.intents.forget(intent.id);
    passKillPoint('sweep.forgotten');
  }
}

async function sweepRemovals(
  ctx: WorkerContext,
  stores: ReadonlyMap<string, Store>,
): Promise<void> {
  const ids = [...stores.keys()];
  const claimed = await ctx.catalog.locations.claimRemovals(
    ids,
    ctx.nodeId,
    ctx.timers.leaseMs,
    BATCH,
  );
  for (const location of claimed) {
    passKillPoint('remove.claimed');
    if (!(await removeObject(ctx, stores.get(location.storeId), location.key))) {
      await ctx.catalog.locations.postpone(location.id, IN_USE_REST_MS);
      continue;
    }
    passKillPoint('remove.object');
    await ctx.catalog.locations.forget(location.id);
    passKillPoint('remove.forgotten');
  }
}

/** False when the object could not be removed this time; its row keeps it for a later pass. */
async function removeObject(
  ctx: WorkerContext,
  store: Store | undefined,
  key: string,
): Promise<boolean> {
  if (store === undefined) return false;
  try {
    await store.remove(key, { signal: AbortSignal.timeout(ctx.timers.stallMs) });
    return true;
  } catch (error) {
    if (!isAppError(error)) throw error;
    ctx.log.warn({ storeId: store.id, key, err: error }, 'object not removed yet');
    return false;
  }
}
