import { AppError, passKillPoint } from '@parallax/core';
import { requireAccess } from '../authorize.ts';
import type { ServiceContext, WorkerContext } from '../context.ts';

/** An operator declares that the store's copies are gone; a worker of its region carries it out. `conflict` unless the store is down. */
export async function acceptEmpty(
  ctx: ServiceContext,
  input: { readonly storeId: string },
): Promise<void> {
  requireAccess(ctx, 'federation:operate');
  const store = ctx.storeFacts().find((facts) => facts.id === input.storeId);
  if (store === undefined) throw new AppError('not_found', `no store ${input.storeId}`);
  if (
    !(await ctx.catalog.stores.setState(
      store.id,
      ['down', 'accepting'],
      'accepting',
      'accept-empty was asked for',
    ))
  ) {
    throw new AppError(
      'conflict',
      `store ${store.id} is ${store.state}: only a store that is down can be declared empty`,
    );
  }
  await ctx.doorbell.ring({ region: store.region, name: 'sweep', id: store.region });
}

/** For each `accepting` store of this worker: marker first, then the rows of its copies, then `up`. A crash in between is gone through again. */
export async function carryOutAcceptEmpty(ctx: WorkerContext): Promise<void> {
  for (const facts of await ctx.catalog.stores.list()) {
    const store = ctx.stores.find(facts.id);
    if (store === undefined || facts.state !== 'accepting' || facts.identity === null) continue;
    await store.writeIdentity(facts.identity);
    passKillPoint('accept.marker');
    const lost = await ctx.catalog.transaction(async (tx) => {
      const count = await tx.locations.forgetStore(facts.id);
      await tx.stores.setState(facts.id, ['accepting'], 'up', null);
      await tx.events.append({
        type: 'store.emptied',
        storeId: facts.id,
        payload: { copies: count },
      });
      return count;
    });
    ctx.log.warn({ storeId: facts.id, copies: lost }, 'store was declared empty');
  }
}
