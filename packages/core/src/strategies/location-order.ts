import type { LocationStrategy } from './strategy.ts';

/** Glance's `location_order`: the order in which the locations were added. All stores alike, so rows decide by their age. */
export const locationOrder: LocationStrategy = { name: 'location_order', rank: () => 0 };
