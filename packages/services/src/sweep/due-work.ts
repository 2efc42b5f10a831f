import type { JobName } from '@parallax/core';
import type { WorkerContext } from '../context.ts';

export interface DueRow {
  readonly name: JobName | 'describe';
  readonly id: string;
  /** W3C traceparent of what asked for it. */
  readonly trace?: string | undefined;
}

const BATCH = 100;
const PLANS = 1_000;
const DESCRIPTIONS = 1_000;

/** Rows that are due, unleased and this worker's: what no ring was heard for. */
export async function dueWork(ctx: WorkerContext): Promise<readonly DueRow[]> {
  const stores = ctx.stores.list().map(({ id }) => id);
  const describing = ctx.stores.list().flatMap((store) => (store.describe ? [store.id] : []));
  const [transfers, locations, images, descriptions] = await Promise.all([
    ctx.catalog.transfers.due(stores, BATCH),
    ctx.catalog.locations.dueForVerify(stores, BATCH),
    ctx.catalog.images.dueForReconcile(PLANS),
    describing.length === 0 ? [] : ctx.catalog.locations.dueForDescribe(describing, DESCRIPTIONS),
  ]);
  return [
    ...images.map((id) => ({ name: 'reconcile' as const, id })),
    ...descriptions.map((id) => ({ name: 'describe' as const, id: String(id) })),
    ...locations.map(({ id }) => ({ name: 'verify' as const, id: String(id) })),
    ...transfers.map(({ id, trace }) => ({
      name: 'transfer' as const,
      id: String(id),
      trace: trace ?? undefined,
    })),
  ];
}
