import type { LocationStrategy } from './strategy.ts';

/** `?prefer=a,b`: the named stores in the given order, then the rest. */
export const preferredStores: LocationStrategy = {
  name: 'prefer',
  rank: (store, context) => {
    const place = context.prefer.indexOf(store.id);
    return place < 0 ? context.prefer.length : place;
  },
};
