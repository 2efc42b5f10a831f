import { randomUUID } from 'node:crypto';
import { AppError, type Catalog, isAppError, passKillPoint, type Store } from '@parallax/core';
import { requireAccess } from '../authorize.ts';
import type { ServiceContext, WorkerContext } from '../context.ts';

/** An operator declares that the store's copies are gone; a worker of its region carries it out. `conflict` unless the store is down. */
export async function acceptEmpty(
  ctx: ServiceContext,
  input: { readonly storeId: string },
): Promise<void> {
  requireAccess(ctx, 'federation:stores:accept-empty');
  const store = ctx.storeFacts().find((facts) => facts.id === input.storeId);
  if (store === undefined) throw new AppError('not_found', `no store ${input.storeId}`);
  // A new identity: should the old place come back, it is another store.
  if (!(await ctx.catalog.stores.accept(store.id, randomUUID()))) {
    throw new AppError(
      'conflict',
      `store ${store.id} is ${store.state}: only a store that is down can be declared empty, and one that is gone is down within seconds (parallax status)`,
    );
  }
  await ctx.doorbell.ring({ region: store.region, name: 'sweep', id: store.region });
}

/** For each `accepting` store of this worker: marker first, then the rows of its copies, then `up`. A crash in between is gone through again. */
export async function carryOutAcceptEmpty(ctx: WorkerContext): Promise<void> {
  for (const facts of await ctx.catalog.stores.list()) {
    const store = ctx.configured.find(facts.id);
    if (store === undefined || facts.state !== 'accepting' || facts.identity === null) continue;
    if (!(await mark(ctx, store, facts.identity))) continue;
    passKillPoint('accept.marker');
    const copies = await ctx.catalog.transaction((tx) => emptied(tx, facts.id));
    if (copies !== undefined) {
      ctx.log.warn({ storeId: facts.id, copies }, 'store was declared empty');
    }
  }
}

/** False when the place cannot be marked now; one that has another store's marker is `down` again. */
async function mark(ctx: WorkerContext, store: Store, identity: string): Promise<boolean> {
  try {
    await store.writeIdentity(identity, { signal: AbortSignal.timeout(ctx.timers.stallMs) });
    return true;
  } catch (error) {
    if (!isAppError(error)) throw error;
    if (error.code === 'conflict') {
      await ctx.catalog.stores.setState(store.id, ['accepting'], 'down', 'identity: another store');
    }
    ctx.log.error({ storeId: store.id, err: error }, 'accept-empty not carried out');
    return false;
  }
}

/** Undefined when another worker was faster: what is in the store by now was put there afterwards. */
async function emptied(tx: Catalog, storeId: string): Promise<number | undefined> {
  // The state first: its row lock keeps a second worker out.
  if (!(await tx.stores.setState(storeId, ['accepting'], 'up', null))) return undefined;
  const copies = await tx.locations.forgetStore(storeId);
  await tx.events.append({ type: 'store.emptied', storeId, payload: { copies } });
  return copies;
}
