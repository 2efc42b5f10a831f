import { openBlob, readBack } from '@parallax/bytes';
import { isAppError, type Location, passKillPoint, type ReasonCode } from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { keepLease } from '../keep-lease.ts';
import { ringReconcile } from '../placement/ring-reconcile.ts';
import { checkStore } from '../regions/check-store.ts';

/** When the only copy left is bad, or nothing could be decided, the next look is after this. */
const REST_MS = 10 * 60_000;
const STORE_REST_MS = 60_000;

/** Reads a suspect copy whole: right → `active` again with proof `read`; wrong → replaced, if another active copy exists. */
export async function verifyLocation(
  ctx: WorkerContext,
  id: number,
  signal: AbortSignal,
): Promise<void> {
  const { catalog, timers } = ctx;
  const location = await catalog.locations.claimVerify(id, ctx.nodeId, timers.leaseMs);
  if (location === undefined) return;
  passKillPoint('verify.claimed');
  const store = ctx.stores.find(location.storeId);
  if (store === undefined || !(await checkStore(ctx, store))) {
    // Nothing is known about this copy until its store can be used again.
    await catalog.locations.postpone(location.id, STORE_REST_MS);
    return;
  }
  const lease = keepLease({ ...ctx, signal }, async () => {
    const renewed = await catalog.locations.claimVerify(id, ctx.nodeId, timers.leaseMs);
    return renewed !== undefined;
  });
  const wrong = await whatIsWrong(ctx, location, lease.signal).finally(() => lease.stop());
  passKillPoint('verify.read');
  if (wrong === undefined) {
    await catalog.transaction(async (tx) => {
      await tx.locations.proved(location.id, 'read');
      const { imageId, storeId } = location;
      await tx.events.append({ type: 'location.verified', imageId, storeId });
    });
    return;
  }
  await replace(ctx, location, wrong);
  await ringReconcile(ctx, location.imageId);
}

async function whatIsWrong(
  ctx: WorkerContext,
  location: Location,
  signal: AbortSignal,
): Promise<ReasonCode | undefined> {
  const content = await ctx.catalog.contents.find(location.imageId);
  const store = ctx.stores.find(location.storeId);
  if (content === undefined || store === undefined) return 'source_missing';
  try {
    await readBack({
      content,
      manifest: ctx.bytes.manifest(location.imageId),
      open: () => openBlob(store, location.key, { start: 0 }, { signal, uncached: true }),
      stallMs: ctx.timers.stallMs,
      signal,
    });
    return undefined;
  } catch (error) {
    if (isAppError(error, 'integrity_mismatch')) return 'digest_mismatch';
    // Where a key is the image itself, what was deleted there cannot be written again.
    if (isAppError(error, 'not_found')) {
      return store.capabilities.attemptKeys ? 'source_missing' : 'id_burned';
    }
    throw error;
  }
}

async function replace(ctx: WorkerContext, location: Location, wrong: ReasonCode): Promise<void> {
  const { catalog, timers } = ctx;
  await catalog.transaction(async (tx) => {
    const image = await tx.images.lock(location.imageId);
    const copies = await tx.locations.listFor(location.imageId);
    // Deleted or evicted while it was read: its removal has a timer of its own, and a hold is respected.
    if (copies.find(({ id }) => id === location.id)?.state !== 'suspect') return;
    const others = copies.filter(({ id, state }) => id !== location.id && state === 'active');
    const up = new Set(
      (await tx.stores.list()).flatMap(({ id, state }) => (state === 'up' ? id : [])),
    );
    // A deleted image may be restored until its time is over: none of its copies is given up for another.
    if (image === undefined || !others.some(({ storeId }) => up.has(storeId))) {
      await tx.locations.postpone(location.id, REST_MS);
      return;
    }
    await tx.locations.unroute(location.id, { reason: wrong, graceMs: timers.removeGraceMs });
    await tx.images.reconcileIn(location.imageId, 0);
    const { imageId, storeId } = location;
    await tx.events.append({
      type: 'location.remove',
      imageId,
      storeId,
      payload: { reason: wrong },
    });
    // What was there by request or upload comes back as such: policies alone might not want it.
    const { id } = await tx.transfers.request({
      imageId,
      storeId,
      askedBy: location.askedBy,
      class: 'repair',
    });
    ctx.log.warn({ imageId, storeId, reason: wrong, transferId: id }, 'bad copy is replaced');
  });
}
