import type { Deployment, Transfer } from '@parallax/core';

const PRIORITIES = { interactive: 1, boot: 2, repair: 3, policy: 4, scrub: 5 } as const;

/** Tells the workers of the target's region that the transfer is due. */
export async function ringTransfer(
  ctx: Deployment & { readonly trace?: string | undefined },
  transfer: Transfer,
): Promise<void> {
  const store = ctx.storeFacts().find((facts) => facts.id === transfer.storeId);
  if (store === undefined) return;
  await ctx.doorbell.ring({
    region: store.region,
    name: 'transfer',
    id: String(transfer.id),
    generation: transfer.fence,
    priority: PRIORITIES[transfer.class],
    trace: ctx.trace ?? transfer.trace ?? undefined,
  });
}
