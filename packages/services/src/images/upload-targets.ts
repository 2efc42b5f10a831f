import {
  AppError,
  type Deployment,
  type Durability,
  isWritable,
  type StoreFacts,
} from '@parallax/core';

export interface TargetChoice {
  /** The store that the client asks for. */
  readonly named?: string | undefined;
  /** Stores that were tried and failed. */
  readonly without?: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Stores that shall hold an upload before it is acknowledged, the first being the named or the default one.
 * `invalid_request` for an unknown store, `gone` for a read-only one or a Glance, `unavailable` when too few are up.
 */
export function uploadTargets(
  ctx: Pick<Deployment, 'durability' | 'storeFacts'> & { readonly clientRegion: string },
  { named, without = NONE }: TargetChoice,
): readonly StoreFacts[] {
  const facts = ctx.storeFacts();
  const first = named === undefined ? undefined : requireNamed(facts, named);
  const candidates = facts
    .filter((store) => isWritable(store) && store.kind !== 'glance' && store.id !== first?.id)
    .filter((store) => !without.has(store.id))
    .sort((a, b) => byNearness(a, b, first?.region ?? ctx.clientRegion));
  const chosen = choose(first === undefined ? candidates : [first, ...candidates], ctx.durability);
  if (chosen === undefined) {
    throw new AppError(
      'unavailable',
      `Too few stores are up to hold an image in ${ctx.durability.stores} store(s) and ${ctx.durability.regions} region(s)`,
      { retryAfterMs: 10_000 },
    );
  }
  return chosen;
}

function requireNamed(facts: readonly StoreFacts[], id: string): StoreFacts {
  const store = facts.find((candidate) => candidate.id === id);
  if (store === undefined) {
    throw new AppError('invalid_request', `Store for identifier ${id} not found`);
  }
  // A regional Glance takes copies of images that are whole: its PUT can neither resume nor wait for a slow client.
  if (store.readOnly || store.kind === 'http' || store.kind === 'glance') {
    throw new AppError('gone', 'Adding images to store is disabled.');
  }
  if (store.state !== 'up') {
    throw new AppError('unavailable', `Store ${id} is down`, { retryAfterMs: 10_000 });
  }
  return store;
}

function byNearness(a: StoreFacts, b: StoreFacts, region: string): number {
  return (
    Number(b.region === region) - Number(a.region === region) ||
    Number(b.isDefault) - Number(a.isDefault) ||
    b.weight - a.weight ||
    a.position - b.position
  );
}

/** The nearest stores that satisfy both numbers: a new region is taken while regions are missing. */
function choose(
  ordered: readonly StoreFacts[],
  durability: Durability,
): readonly StoreFacts[] | undefined {
  const chosen: StoreFacts[] = [];
  for (const store of ordered) {
    const regions = new Set(chosen.map(({ region }) => region));
    const missingRegions = durability.regions - regions.size;
    const missingStores = Math.max(durability.stores - chosen.length, missingRegions);
    if (missingStores <= 0) break;
    const addsRegion = !regions.has(store.region);
    if (addsRegion || missingStores > missingRegions) chosen.push(store);
  }
  const regions = new Set(chosen.map(({ region }) => region));
  return chosen.length >= durability.stores && regions.size >= durability.regions
    ? chosen
    : undefined;
}
