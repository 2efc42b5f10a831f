import { type Deployment, objectKey, type Store, type StoreFacts } from '@parallax/core';

const PROBE = { id: '00000000-0000-4000-8000-000000000000', owner: 'owner' };
/** Per open store: its row is written once, and again when the URL became another (Swift knows its account after the first token). */
const told = new WeakMap<Store, string | null>();

/** Processes that do not have the store open, and Postgres, make the URLs of its objects from what this writes down. */
export async function tellLocationUrl(
  ctx: Deployment,
  store: Store,
  facts: StoreFacts,
): Promise<void> {
  const template = templateOf(store, facts);
  if (told.get(store) === template) return;
  await ctx.catalog.stores.setLocationUrl(store.id, template);
  told.set(store, template);
}

/** Null where the URL does not hold the key as it is: objects in their owners' accounts. */
function templateOf(store: Store, facts: StoreFacts): string | null {
  if (store.kind === 'http') return '{key}';
  const key = objectKey(facts, PROBE, 1);
  const parts = store.toUrl(key).split(key);
  return parts.length === 2 ? parts.join('{key}') : null;
}
