import type { Node, StoreFacts, Transfer } from '@parallax/core';
import { requireAccess } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

export interface RegionStatus {
  readonly id: string;
  readonly nodes: readonly Node[];
  readonly stores: readonly StoreFacts[];
}

export interface DeploymentStatus {
  readonly regions: readonly RegionStatus[];
  /** At most a thousand. */
  readonly liveTransfers: readonly Transfer[];
  readonly pending: {
    readonly intents: number;
    readonly removals: number;
    readonly writing: number;
  };
}

/** Glance's and our list of stores, in order of definition. */
export async function listStores(ctx: ServiceContext): Promise<readonly StoreFacts[]> {
  return [...ctx.storeFacts()].sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
}

/**
 * For whoever may see all of it, or, asked under the name of a part, that part. Stores and nodes are those that this process goes
 * by, a second or two old: what it shows as reachable, it reaches.
 */
export async function deploymentStatus(
  ctx: ServiceContext,
  input: { readonly as: 'federation:status:show' | 'federation:regions:list' },
): Promise<DeploymentStatus> {
  requireAccess(ctx, input.as);
  const stores = ctx.storeFacts();
  const nodes = ctx.nodes();
  const regions = [
    ...new Set([...stores.map(({ region }) => region), ...nodes.flatMap((node) => node.regions)]),
  ];
  return {
    regions: regions.map((id) => ({
      id,
      nodes: nodes.filter((node) => node.regions.includes(id)),
      stores: stores.filter((store) => store.region === id),
    })),
    liveTransfers: await ctx.catalog.transfers.list({ live: true, limit: 1_000 }),
    pending: await ctx.catalog.sweeps.pending(),
  };
}
