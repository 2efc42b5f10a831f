import type { StoreFacts } from '../region.ts';
import { locationOrder } from './location-order.ts';
import { preferredStores } from './prefer.ts';
import { nearestRegion } from './region.ts';
import { storeType } from './store-type.ts';
import type { LocationStrategy, ReadContext } from './strategy.ts';
import { storeWeight } from './weight.ts';

export const STRATEGY_NAMES = ['location_order', 'store_type', 'region', 'weight'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

export interface StrategyChoice {
  readonly chain: readonly StrategyName[];
  /** Kinds for `store_type`. */
  readonly storeTypePreference?: readonly string[];
}

/** The deployment's chain, as functions. */
export function strategyChain(choice: StrategyChoice): readonly LocationStrategy[] {
  const byName = {
    location_order: locationOrder,
    store_type: storeType(choice.storeTypePreference ?? []),
    region: nearestRegion,
    weight: storeWeight,
  } satisfies Record<StrategyName, LocationStrategy>;
  return choice.chain.map((name) => byName[name]);
}

/**
 * Groups of store ids, best group first; stores of one group are alike and the age of their location decides.
 * Stores that are down come after all others: trying them is the last resort.
 */
export function rankStores(
  stores: readonly StoreFacts[],
  chain: readonly LocationStrategy[],
  context: ReadContext,
): ReadonlyMap<string, number> {
  const all = context.prefer.length > 0 ? [preferredStores, ...chain] : chain;
  const keys = new Map(
    stores.map((store) => [
      store.id,
      [store.state === 'down' ? 1 : 0, ...all.map((strategy) => strategy.rank(store, context))],
    ]),
  );
  const compare = (a: readonly number[], b: readonly number[]): number => {
    for (const [i, value] of a.entries()) {
      const difference = value - (b[i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const sorted = [...keys].sort(([, a], [, b]) => compare(a, b));
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const [i, [id, key]] of sorted.entries()) {
    const previous = sorted[i - 1];
    if (previous !== undefined && compare(previous[1], key) !== 0) rank += 1;
    ranks.set(id, rank);
  }
  return ranks;
}
