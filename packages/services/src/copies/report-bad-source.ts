import type { BadSource } from '@parallax/bytes';
import type { ReasonCode } from '@parallax/core';
import type { AnyContext } from '../context.ts';
import { checkStore } from '../regions/check-store.ts';

/** Reasons that speak against the copy itself; all others speak against the way to it. */
const AGAINST_THE_COPY: readonly ReasonCode[] = [
  'digest_mismatch',
  'size_mismatch',
  'source_missing',
];

/**
 * Called by a read that went on with another copy. Never throws and never makes the reader wait:
 * when Postgres is away too, the next read reports again.
 */
export function reportBadSource(ctx: AnyContext, imageId: string, bad: BadSource): void {
  const { locationId, storeId } = bad.source;
  ctx.log.warn({ imageId, locationId, storeId, reason: bad.reason, err: bad.cause }, 'bad source');
  suspectCopy(ctx, { imageId, locationId, storeId, reason: bad.reason }).catch((error: unknown) => {
    ctx.log.warn({ imageId, locationId, err: error }, 'bad source not recorded');
  });
}

/** Has the copy verified, unless its store cannot be used or the reason speaks against the way to it. */
export async function suspectCopy(
  ctx: AnyContext,
  o: {
    readonly imageId: string;
    readonly locationId: number;
    readonly storeId: string;
    readonly reason: ReasonCode;
  },
): Promise<void> {
  const { imageId, locationId, storeId, reason } = o;
  const store = ctx.stores.find(storeId);
  // A missing place explains a missing copy: then the store is down and its copies are not blamed.
  if (store !== undefined && !(await checkStore(ctx, store))) return;
  if (!AGAINST_THE_COPY.includes(reason)) return;
  const suspected = await ctx.catalog.transaction(async (tx) => {
    if (!(await tx.locations.suspect(locationId, reason))) return false;
    const payload = { location: locationId, reason };
    await tx.events.append({ type: 'location.suspect', imageId, storeId, payload });
    return true;
  });
  if (!suspected) return;
  const region = ctx.storeFacts().find((facts) => facts.id === storeId)?.region;
  if (region === undefined) return;
  await ctx.doorbell.ring({ region, name: 'verify', id: String(locationId) });
}
