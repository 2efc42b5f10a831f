import { type Location, passKillPoint } from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import type { Attempt, Move } from './attempt.ts';
import { openIntent, undefinedIfGone } from './begin-copy.ts';

/**
 * Lets the cluster copy the object itself, when a source lies in it; false when none does, and then nothing was written.
 * Only in the first attempt: what the cluster copied wrongly, or not to its end, goes through us the next time, leaf by leaf.
 */
export async function copyInside(ctx: WorkerContext, attempt: Attempt, m: Move): Promise<boolean> {
  const { copyFrom } = m.store;
  if (copyFrom === undefined || attempt.transfer.attempts > 1) return false;
  const { signal } = attempt;
  for (const url of await urlsOfSources(ctx, m)) {
    const { key } = attempt.intent ?? (await openIntent(ctx, attempt, m));
    const written = await copyFrom.call(m.store, key, url, { signal }).catch(undefinedIfGone);
    if (written === undefined) continue;
    passKillPoint('copy.inside');
    return true;
  }
  return false;
}

/** Of copies of the same kind in stores that this process has open: no others can be in the same cluster and be named from here. */
async function urlsOfSources(ctx: WorkerContext, { content, store }: Move) {
  const locations = await ctx.catalog.locations.listFor(content.imageId);
  return locations.filter(isGood).flatMap(({ storeId, key }) => {
    const source = ctx.stores.find(storeId);
    return source?.kind === store.kind ? source.toUrl(key) : [];
  });
}

function isGood({ state, proof }: Location): boolean {
  return state === 'active' && proof !== 'none';
}
