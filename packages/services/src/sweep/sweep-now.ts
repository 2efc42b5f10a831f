import { requireAccess } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

/** Brings every unleased timer to now and rings all regions; returns what is still to be swept. */
export async function sweepNow(
  ctx: ServiceContext,
): Promise<{ readonly intents: number; readonly removals: number; readonly writing: number }> {
  requireAccess(ctx, 'federation:sweeps:create');
  await ctx.catalog.sweeps.hurry();
  const regions = new Set(ctx.storeFacts().map((store) => store.region));
  await ctx.doorbell.ring(
    ...[...regions].map((region) => ({ region, name: 'sweep' as const, id: region })),
  );
  return ctx.catalog.sweeps.pending();
}
