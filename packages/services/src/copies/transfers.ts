import { AppError, type Transfer, type TransferQuery } from '@parallax/core';
import { noSuchImage, requireAccess, requireAccessTo, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { concludeTask } from './conclude-task.ts';
import { requireLocationRoom } from './location-limit.ts';
import { requestTransfer } from './request-transfer.ts';
import { ringTransfer } from './ring-transfer.ts';
import { transferEvent } from './transfer-event.ts';

/** A copy of the image in the store, by an operator's request: joins a running transfer, lifts a hold. */
export async function requestCopy(
  ctx: ServiceContext,
  input: { readonly imageId: string; readonly storeId: string },
): Promise<Transfer> {
  requireAccess(ctx, 'federation:transfers:create');
  return copyInto(ctx, input);
}

async function copyInto(
  ctx: ServiceContext,
  { imageId, storeId }: { readonly imageId: string; readonly storeId: string },
): Promise<Transfer> {
  const store = ctx.storeFacts().find((facts) => facts.id === storeId);
  if (store === undefined) throw new AppError('not_found', `no store ${storeId}`);
  if (store.readOnly || store.kind === 'http') {
    throw new AppError('conflict', `store ${storeId} is read-only`);
  }
  const transfer = await ctx.catalog.transaction(async (tx) => {
    if ((await tx.images.find(imageId, scopeOf(ctx.identity))) === undefined) {
      throw noSuchImage(imageId);
    }
    const image = await tx.images.lock(imageId);
    if (image === undefined || image.status === 'deleted') throw noSuchImage(imageId);
    requireAccessTo(ctx, 'get_image', image);
    if (image.status !== 'active' && image.status !== 'deactivated') {
      throw new AppError(
        'conflict',
        `image ${imageId} is ${image.status}: it has no bytes to copy`,
      );
    }
    if ((await tx.locations.listFor(imageId)).some((location) => location.storeId === storeId)) {
      throw new AppError('conflict', `image ${imageId} is in store ${storeId} already`);
    }
    await requireLocationRoom(ctx, tx, { imageId, storeIds: [storeId] });
    await tx.holds.lift(imageId, storeId);
    const { trace } = ctx;
    return requestTransfer(tx, {
      imageId,
      storeId,
      askedBy: 'request',
      class: 'interactive',
      trace,
    });
  });
  await ringTransfer(ctx, transfer);
  return transfer;
}

/** Newest first. */
export async function listTransfers(
  ctx: ServiceContext,
  query: TransferQuery,
): Promise<readonly Transfer[]> {
  requireAccess(ctx, 'federation:transfers:list');
  return ctx.catalog.transfers.list(query);
}

/** `not_found`. */
export async function getTransfer(
  ctx: ServiceContext,
  input: { readonly id: number },
): Promise<Transfer> {
  requireAccess(ctx, 'federation:transfers:show');
  return ctx.catalog.transfers.get(input.id);
}

/** Stops within two seconds. A policy's copy is held back afterwards, or it would come again at once. */
export async function cancelTransfer(
  ctx: ServiceContext,
  input: { readonly id: number },
): Promise<Transfer> {
  requireAccess(ctx, 'federation:transfers:cancel');
  const transfer = await ctx.catalog.transaction(async (tx) => {
    const { imageId } = await tx.transfers.get(input.id);
    // The image before the transfer, as publish locks them: the other way round each could wait for the other.
    await tx.images.lock(imageId);
    const cancelled = await tx.transfers.cancel(input.id);
    if (cancelled.state === 'cancelled') {
      await tx.events.append(transferEvent('transfer.cancelled', cancelled, 'cancelled'));
    }
    if (cancelled.askedBy === 'policy') {
      await tx.holds.put(cancelled.imageId, cancelled.storeId, 'cancelled');
    }
    return cancelled;
  });
  await concludeTask(ctx, transfer.id);
  return transfer;
}

/** A new transfer in place of one that failed or was cancelled. */
export async function retryTransfer(
  ctx: ServiceContext,
  input: { readonly id: number },
): Promise<Transfer> {
  requireAccess(ctx, 'federation:transfers:retry');
  const ended = await ctx.catalog.transfers.get(input.id);
  return copyInto(ctx, ended);
}
