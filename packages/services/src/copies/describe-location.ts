import {
  AppError,
  type DescribeClaim,
  isAppError,
  passKillPoint,
  retryDelayMs,
} from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { keepLease } from '../keep-lease.ts';
import { suspectCopy } from './report-bad-source.ts';

/** Tells a store that keeps a record or an access list of the image what the image is now. Looks at the row first and may find nothing to do. */
export async function describeLocation(
  ctx: WorkerContext,
  id: number,
  signal: AbortSignal,
): Promise<void> {
  const { locations } = ctx.catalog;
  const { leaseMs } = ctx.timers;
  const claim = await locations.claimDescribe(id, leaseMs);
  if (claim === undefined) return;
  passKillPoint('describe.claimed');
  const lease = keepLease({ ...ctx, signal }, () => locations.keepDescribe(claim, leaseMs));
  try {
    await tell(ctx, claim, lease.signal);
  } catch (error) {
    await putOff(ctx, claim, { error, shutdown: signal.aborted });
    return;
  } finally {
    await lease.stop();
  }
  passKillPoint('describe.told');
  await locations.described(claim);
}

/** The image is read after the claim: a change after that is due by itself. */
async function tell(
  ctx: WorkerContext,
  { location }: DescribeClaim,
  signal: AbortSignal,
): Promise<void> {
  const { imageId, storeId, key } = location;
  const store = ctx.stores.find(storeId);
  if (store?.describe === undefined) throw new AppError('unavailable', `no store ${storeId} here`);
  const image = await ctx.catalog.images.find(imageId, { kind: 'all' });
  // Deleted: its object goes with it, or a restore asks again.
  if (image === undefined) return;
  const members = (await ctx.catalog.members.list(imageId)).map(({ memberId }) => memberId);
  await store.describe(key, { image, members }, { signal });
}

async function putOff(
  ctx: WorkerContext,
  claim: DescribeClaim,
  { error, shutdown }: { readonly error: unknown; readonly shutdown: boolean },
): Promise<void> {
  const { location, tries } = claim;
  const { id: locationId, imageId, storeId } = location;
  const retryInMs = shutdown ? 0 : retryDelayMs(tries, ctx.random());
  ctx.log.warn(
    { imageId, storeId, tries, retryInMs, err: error },
    'store not told of the image yet',
  );
  if (isAppError(error, 'lease_lost')) return;
  await ctx.catalog.locations.describeLater(claim, retryInMs);
  if (!isAppError(error, 'not_found') || !(await isGone(ctx, claim))) return;
  await suspectCopy(ctx, { imageId, locationId, storeId, reason: 'source_missing' });
}

/** A record that is there but not ours any more has its bytes still: reading them all would show nothing new. */
async function isGone(ctx: WorkerContext, { location }: DescribeClaim): Promise<boolean> {
  const signal = AbortSignal.timeout(ctx.timers.stallMs);
  try {
    await ctx.stores.find(location.storeId)?.stat(location.key, { signal });
    return false;
  } catch (error) {
    if (isAppError(error)) return error.code === 'not_found';
    throw error;
  }
}
