import type { StoreFacts } from '@parallax/core';

/** One entry of `GET /v2/info/stores`. Glance writes flags as the text "true" and leaves them out otherwise. */
export function storeView(
  store: StoreFacts,
  clientRegion: string,
): Readonly<Record<string, unknown>> {
  return {
    id: store.id,
    ...(store.description === null ? {} : { description: store.description }),
    ...(store.isDefault && store.region === clientRegion ? { default: 'true' } : {}),
    ...(store.readOnly || store.kind === 'http' ? { 'read-only': 'true' } : {}),
  };
}

/** One entry of `GET /v2/info/stores/detail`. Paths and pools are known only to nodes of the store's region: not told. */
export function storeDetailView(
  store: StoreFacts,
  clientRegion: string,
): Readonly<Record<string, unknown>> {
  return {
    ...storeView(store, clientRegion),
    type: store.kind,
    weight: store.weight,
    properties: {},
  };
}
