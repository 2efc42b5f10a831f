import { rankStores } from '@parallax/core';
import type { ServiceContext } from '../context.ts';

/** The order of stores for the one who asks. */
export function viewFor(ctx: ServiceContext): { readonly ranks: ReadonlyMap<string, number> } {
  return {
    ranks: rankStores(ctx.storeFacts(), ctx.strategies, {
      clientRegion: ctx.clientRegion,
      prefer: [],
    }),
  };
}
