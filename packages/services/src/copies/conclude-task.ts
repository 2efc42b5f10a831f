import {
  type Catalog,
  type Deployment,
  isAppError,
  type Task,
  type Transfer,
} from '@parallax/core';

const IMPORTING = 'os_glance_importing_to_stores';
const FAILED = 'os_glance_failed_import';
const LOCK = 'os_glance_import_task';

/**
 * Brings the import that asked for this transfer up to date: Glance's bookkeeping on the image, and the task's end
 * when all of its stores have ended. Idempotent; the sweep calls it again for a worker that died in between.
 */
export async function concludeTask(ctx: Deployment, transferId: number): Promise<void> {
  const { taskId } = await ctx.catalog.transfers.get(transferId);
  if (taskId !== null) await concludeTaskById(ctx, taskId);
}

/** See `concludeTask`. */
export async function concludeTaskById(ctx: Deployment, taskId: string): Promise<void> {
  await ctx.catalog.transaction(async (tx) => {
    const task = await tx.tasks.find(taskId);
    if (task === undefined || task.status === 'success' || task.status === 'failure') return;
    // The image's row lock orders the conclusions of several stores.
    if ((await tx.images.lock(task.imageId)) === undefined) {
      await tx.tasks.finish(taskId, 'failure', 'the image was deleted');
      return;
    }
    await conclude(ctx, tx, task);
  });
}

async function conclude(ctx: Deployment, tx: Catalog, task: Task): Promise<void> {
  const transfers = (await tx.transfers.list({ imageId: task.imageId, limit: 1_000 })).filter(
    (transfer) => transfer.taskId === task.id,
  );
  const live = transfers.filter((transfer) => isLive(transfer));
  const failed = transfers.filter(
    (transfer) => !isLive(transfer) && transfer.state !== 'succeeded',
  );
  if (failed.length > 0 && task.input['all_stores_must_succeed'] === true) {
    await revert(ctx, tx, transfers);
  }
  const ended = live.length === 0;
  await tx.images.setBookkeeping(task.imageId, {
    [IMPORTING]: live.map(({ storeId }) => storeId).join(','),
    [FAILED]: failed.map(({ storeId }) => storeId).join(','),
    ...(ended ? { [LOCK]: null } : {}),
  });
  if (!ended) return;
  const bad = failed.map(({ storeId, reason }) => `${storeId}: ${reason ?? 'unknown'}`).join(', ');
  await tx.tasks.finish(task.id, bad === '' ? 'success' : 'failure', bad);
}

/** All had to succeed and one did not: the others stop, and copies made for this task go. */
async function revert(ctx: Deployment, tx: Catalog, transfers: readonly Transfer[]): Promise<void> {
  const locations = await tx.locations.listFor(transfers[0]?.imageId ?? '');
  for (const transfer of transfers) {
    if (transfer.state === 'cancelling') continue;
    if (isLive(transfer)) {
      await unlessConflict(tx.transfers.cancel(transfer.id));
      continue;
    }
    const made = locations.find(({ storeId }) => storeId === transfer.storeId);
    if (transfer.state !== 'succeeded' || transfer.reason === 'already_there' || made === undefined)
      continue;
    const { removeGraceMs: graceMs } = ctx.timers;
    await unlessConflict(tx.locations.unroute(made.id, { reason: 'task_failed', graceMs }));
  }
}

/** The transfer has ended meanwhile, or the copy is the last one left: both stay as they are. */
async function unlessConflict(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error;
  }
}

function isLive({ state }: Transfer): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting' || state === 'cancelling';
}
