import { randomUUID } from 'node:crypto';
import { type Deployment, isAppError, type Store, type StoreFacts } from '@parallax/core';
import { tellLocationUrl } from './tell-location-url.ts';

const CHECK_TIMEOUT_MS = 5_000;

/**
 * Compares the store's marker with its row. First use writes the marker; absent or different → the store is `down`
 * and its copies stay as they are; back again → `up`. A kind without markers is always `up`. Returns whether the store may be used.
 */
export async function checkStore(ctx: Deployment, store: Store): Promise<boolean> {
  const facts = ctx.storeFacts().find((candidate) => candidate.id === store.id);
  if (facts === undefined) return false;
  if (facts.state === 'accepting') return false;
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  const reason = await whyUnusable(ctx, store, facts, signal);
  if (reason === undefined) {
    await tellLocationUrl(ctx, store, facts);
    if (facts.state !== 'up') {
      await ctx.catalog.stores.setState(store.id, ['new', 'down'], 'up', null);
    }
    return true;
  }
  if (facts.state !== 'down' || facts.stateReason !== reason) {
    await ctx.catalog.stores.setState(store.id, ['new', 'up', 'down'], 'down', reason);
    ctx.log.error({ storeId: store.id, reason }, 'store is down');
  }
  return false;
}

async function whyUnusable(
  ctx: Deployment,
  store: Store,
  facts: StoreFacts,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    if (!store.capabilities.marker) {
      // No place of its own, so there is nothing to compare; the row's identity says that the store is in use.
      if (facts.state === 'new') await ctx.catalog.stores.bindIdentity(store.id, randomUUID());
      return undefined;
    }
    const identity = facts.state === 'new' ? await firstUse(ctx, store, signal) : facts.identity;
    const found = await store.readIdentity({ signal });
    if (found === identity) return undefined;
    return found === undefined ? 'identity: the marker is missing' : 'identity: another store';
  } catch (error) {
    if (isAppError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** The uuid is bound in the row before the marker is written; a crash between the two leaves the store `new`, so the next check goes on. */
async function firstUse(ctx: Deployment, store: Store, signal: AbortSignal): Promise<string> {
  const identity = await ctx.catalog.stores.bindIdentity(store.id, randomUUID());
  await store.writeIdentity(identity, { signal });
  return identity;
}
