import { type ImageView, rankStores } from '@parallax/core';
import type { ServiceContext } from '../context.ts';

/** The order of stores for the one who asks. */
export function viewFor(ctx: ServiceContext): ImageView {
  return {
    shown: ctx.shownLocations,
    ranks: rankStores(ctx.storeFacts(), ctx.strategies, {
      clientRegion: ctx.clientRegion,
      prefer: [],
    }),
  };
}
