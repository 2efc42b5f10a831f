import type { LocationStrategy } from './strategy.ts';

/** Glance's store weights: the greatest first. */
export const storeWeight: LocationStrategy = { name: 'weight', rank: (store) => -store.weight };
