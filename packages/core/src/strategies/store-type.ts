import type { LocationStrategy } from './strategy.ts';

/** Glance's `store_type`: kinds in the operator's order of preference, unnamed kinds last. */
export function storeType(preference: readonly string[]): LocationStrategy {
  return {
    name: 'store_type',
    rank: (store) => {
      const place = preference.indexOf(store.kind);
      return place < 0 ? preference.length : place;
    },
  };
}
