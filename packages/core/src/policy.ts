import type { Image, Visibility } from './image.ts';
import type { Location, ReasonCode } from './location.ts';
import { isWritable, type StoreFacts } from './region.ts';

/** Which images a policy is about; absent fields match everything, present ones must all match. */
export interface PolicySelector {
  readonly owner?: string;
  readonly visibility?: readonly Visibility[];
  readonly tags?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  readonly minSize?: number;
  readonly maxSize?: number;
}

/** So many copies in each of these regions (`*`: every region), in stores of these kinds or names when given. */
export interface PolicyTarget {
  readonly regions: readonly string[];
  readonly copies: number;
  readonly stores?: readonly string[];
}

/** Desired state. */
export interface Policy {
  readonly id: string;
  readonly enabled: boolean;
  readonly selector: PolicySelector;
  readonly targets: readonly PolicyTarget[];
}

export interface PlanStep {
  readonly kind: 'copy' | 'evict' | 'verify';
  readonly imageId: string;
  readonly storeId: string;
  readonly because: ReasonCode;
}
export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly skipped: readonly {
    readonly imageId: string;
    readonly region: string;
    readonly because: ReasonCode;
  }[];
}

export interface PlanInput {
  readonly image: Image;
  readonly locations: readonly Location[];
  readonly policies: readonly Policy[];
  readonly stores: readonly StoreFacts[];
  /** Stores an evict closed to policies. */
  readonly holds: readonly string[];
}

export function selects(selector: PolicySelector, image: Image): boolean {
  return (
    (selector.owner === undefined || selector.owner === image.owner) &&
    (selector.visibility === undefined || selector.visibility.includes(image.visibility)) &&
    (selector.tags ?? []).every((tag) => image.tags.includes(tag)) &&
    Object.entries(selector.properties ?? {}).every(([k, v]) => image.properties[k] === v) &&
    (selector.minSize === undefined || (image.size ?? 0) >= selector.minSize) &&
    (selector.maxSize === undefined || (image.size ?? 0) <= selector.maxSize)
  );
}

/**
 * What would make desired state true for one image. Pure; the only function over policies.
 * A copy in a store that is down counts: down is not gone (`store accept-empty` says gone).
 */
export function planFor(input: PlanInput): Plan {
  const { image, locations, stores } = input;
  if (image.status !== 'active' && image.status !== 'deactivated')
    return { steps: [], skipped: [] };
  const steps: PlanStep[] = locations
    .filter((location) => location.state === 'suspect')
    .map(({ storeId }) => ({ kind: 'verify', imageId: image.id, storeId, because: 'suspect' }));
  const skipped: Plan['skipped'][number][] = [];
  const planned = new Set<string>();
  const allRegions = [...new Set(stores.map((store) => store.region))];
  for (const policy of input.policies) {
    if (!policy.enabled || !selects(policy.selector, image)) continue;
    for (const target of policy.targets) {
      const regions = target.regions.includes('*') ? allRegions : target.regions;
      for (const region of regions) {
        const { chosen, missing } = storesToFill(input, target, region, planned);
        for (const store of chosen) {
          planned.add(store.id);
          steps.push({ kind: 'copy', imageId: image.id, storeId: store.id, because: 'policy' });
        }
        if (missing !== undefined) skipped.push({ imageId: image.id, region, because: missing });
      }
    }
  }
  return { steps, skipped };
}

function storesToFill(
  input: PlanInput,
  target: PolicyTarget,
  region: string,
  planned: ReadonlySet<string>,
): { readonly chosen: readonly StoreFacts[]; readonly missing: ReasonCode | undefined } {
  const eligible = input.stores.filter(
    (store) =>
      store.region === region &&
      (target.stores === undefined || target.stores.includes(store.id)) &&
      store.kind !== 'http',
  );
  // A suspect copy counts until its verification has decided.
  const occupied = new Set(
    input.locations
      .filter((location) => location.purpose === 'copy')
      .map((location) => location.storeId),
  );
  const have = eligible.filter((store) => occupied.has(store.id) || planned.has(store.id)).length;
  const wanted = target.copies - have;
  if (wanted <= 0) return { chosen: [], missing: undefined };
  const free = eligible.filter((store) => !occupied.has(store.id) && !planned.has(store.id));
  const open = free.filter((store) => isWritable(store) && !input.holds.includes(store.id));
  const chosen = [...open].sort(byPlacement).slice(0, wanted);
  if (chosen.length === wanted) return { chosen, missing: undefined };
  return { chosen, missing: whyNot(eligible, free, input.holds) };
}

function byPlacement(a: StoreFacts, b: StoreFacts): number {
  return (
    Number(b.isDefault) - Number(a.isDefault) || b.weight - a.weight || a.position - b.position
  );
}

function whyNot(
  eligible: readonly StoreFacts[],
  free: readonly StoreFacts[],
  holds: readonly string[],
): ReasonCode {
  if (eligible.length === 0) return 'no_store';
  if (free.some((store) => store.state !== 'up')) return 'store_down';
  if (free.some((store) => holds.includes(store.id))) return 'held';
  if (free.some((store) => store.readOnly)) return 'store_read_only';
  return 'no_store';
}
