import { randomUUID } from 'node:crypto';
import { AppError, passKillPoint, type StoreFacts, type Transfer } from '@parallax/core';
import { authorizedImage } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { requireLocationRoom } from '../copies/location-limit.ts';
import { requestTransfer } from '../copies/request-transfer.ts';
import { ringTransfer } from '../copies/ring-transfer.ts';

const LOCK = 'os_glance_import_task';

export interface ImportInput {
  readonly id: string;
  readonly method: 'copy-image';
  readonly stores: readonly string[];
  readonly allStores: boolean;
  readonly allMustSucceed: boolean;
}

/** Glance's `copy-image`: transfers into the named stores, joined when they run already. `conflict` while another import runs, `too_large`. */
export async function importImage(ctx: ServiceContext, input: ImportInput): Promise<void> {
  const image = await authorizedImage(ctx, input.id, 'copy_image');
  const named = input.allStores ? importableStores(ctx) : requireStores(ctx, input.stores);
  const transfers = await ctx.catalog.transaction(async (tx) => {
    const locked = await tx.images.lock(image.id);
    if (locked?.status !== 'active') {
      throw new AppError('conflict', `Only images with status active can be targeted for copying`);
    }
    if (LOCK in locked.properties) throw new AppError('conflict', 'Image has active task');
    const present = new Set((await tx.locations.listFor(image.id)).map(({ storeId }) => storeId));
    const targets = named.filter((store) => !present.has(store.id));
    const already = named.find((store) => present.has(store.id));
    if (!input.allStores && already !== undefined) {
      throw new AppError('invalid_request', `Image is already present at store '${already.id}'`);
    }
    if (targets.length === 0) return [];
    const storeIds = targets.map(({ id }) => id);
    await requireLocationRoom(ctx, tx, { imageId: image.id, storeIds });
    const taskId = randomUUID();
    await tx.tasks.insert({
      id: taskId,
      type: 'api_image_import',
      status: 'processing',
      owner: ctx.identity.projectId,
      imageId: image.id,
      requestId: ctx.requestId,
      userId: ctx.identity.userId,
      message: '',
      input: {
        method: { name: input.method },
        stores: storeIds,
        all_stores_must_succeed: input.allMustSucceed,
      },
    });
    await tx.images.setBookkeeping(image.id, {
      [LOCK]: taskId,
      os_glance_importing_to_stores: storeIds.join(','),
      os_glance_failed_import: '',
    });
    const requested: Transfer[] = [];
    for (const store of targets) {
      await tx.holds.lift(image.id, store.id);
      requested.push(
        await requestTransfer(tx, {
          imageId: image.id,
          storeId: store.id,
          askedBy: 'request',
          class: 'interactive',
          taskId,
          trace: ctx.trace,
        }),
      );
    }
    return requested;
  });
  passKillPoint('import.requested');
  for (const transfer of transfers) await ringTransfer(ctx, transfer);
}

function importableStores(ctx: ServiceContext): readonly StoreFacts[] {
  return ctx
    .storeFacts()
    .filter((store) => !store.readOnly && store.kind !== 'http' && store.kind !== 'glance');
}

function requireStores(ctx: ServiceContext, ids: readonly string[]): readonly StoreFacts[] {
  const facts = ctx.storeFacts();
  return ids.map((id) => {
    const store = facts.find((candidate) => candidate.id === id);
    if (store === undefined) {
      throw new AppError('conflict', `Store for identifier ${id} not found`);
    }
    if (store.readOnly || store.kind === 'http') {
      throw new AppError('conflict', `The selected store ${id} is read-only.`);
    }
    return store;
  });
}
