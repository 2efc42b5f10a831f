import type { AskedBy, Catalog } from '@parallax/core';
import type { ServiceContext } from '../context.ts';
import { requireWithin } from '../images/image-limits.ts';

/** Copies that somebody wants to have; what a policy or a read made goes again by itself. */
const COUNTED: ReadonlySet<AskedBy> = new Set<AskedBy>(['upload', 'request', 'reference']);

/** `too_large` when copies in these further stores, besides those that exist or are under way, are more than an image may have. */
export async function requireLocationRoom(
  ctx: ServiceContext,
  tx: Catalog,
  wanted: { readonly imageId: string; readonly storeIds: readonly string[] },
): Promise<void> {
  const { imageId, storeIds } = wanted;
  const copies = await tx.locations.listFor(imageId);
  const transfers = await tx.transfers.list({ imageId, live: true, limit: 1_000 });
  const counted = [...copies, ...transfers].filter(({ askedBy }) => COUNTED.has(askedBy));
  const stores = new Set([...counted.map(({ storeId }) => storeId), ...storeIds]);
  requireWithin(ctx, 'locations', stores.size);
}
