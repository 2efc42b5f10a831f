import type { LocationStrategy } from './strategy.ts';

/** The client's own region first. */
export const nearestRegion: LocationStrategy = {
  name: 'region',
  rank: (store, context) => (store.region === context.clientRegion ? 0 : 1),
};
