import {
  AppError,
  isAppError,
  MAX_ATTEMPTS,
  REASONS,
  type ReasonCode,
  retryDelayMs,
  type Transfer,
} from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import type { Attempt } from './attempt.ts';
import { isKeyWanted } from './is-key-wanted.ts';
import { transferEvent } from './transfer-event.ts';

/** A copy that gave up is asked for again by its policy after this. */
const POLICY_REST_MS = 5 * 60_000;
const CLEAN_UP_MS = 10_000;

export interface FailedAttempt extends Attempt {
  readonly error: unknown;
  /** The process is ending: another one goes on at once. */
  readonly shutdown: boolean;
}

/** Decides what becomes of a transfer whose attempt failed, and of what it has written. */
export async function settleFailure(ctx: WorkerContext, failed: FailedAttempt): Promise<void> {
  const { transfer, lease, error } = failed;
  const log = ctx.log.child({
    transferId: transfer.id,
    imageId: transfer.imageId,
    storeId: transfer.storeId,
  });
  if (isAppError(error, 'lease_lost')) {
    // Whoever holds the row now owns the object too: only the handles are let go.
    await failed.writer?.detach();
    log.warn({ err: error }, 'lost the transfer to another worker');
    return;
  }
  const cancelled = isAppError(error, 'cancelled', 'gone') && !failed.shutdown;
  const reason = reasonOf(error);
  const keep = failed.shutdown || isAppError(error, 'stalled', 'unavailable', 'store_failed');
  try {
    if (keep) await failed.writer?.detach();
    else await discard(ctx, failed);
    if (cancelled) {
      await settleCancelled(ctx, failed);
    } else if (failed.shutdown) {
      await ctx.catalog.transfers.settle(transfer.id, lease, {
        state: 'waiting',
        reason: 'lease_lost',
        retryInMs: 0,
      });
    } else if (isFinal(error) || isExhausted(transfer)) {
      await ctx.catalog.transaction(async (tx) => {
        const detail = detailOf(error);
        // Before the transfer's row, as everywhere: image, then transfer.
        await tx.images.reconcileIn(transfer.imageId, POLICY_REST_MS);
        // Policies would ask for ever: an operator's purge and a copy by request end it.
        if (reason === 'id_burned') await tx.holds.put(transfer.imageId, transfer.storeId, reason);
        await tx.transfers.settle(transfer.id, lease, { state: 'failed', reason, detail });
        await tx.events.append(transferEvent('transfer.failed', transfer, reason));
      });
      log.error({ err: error, reason }, 'transfer failed');
    } else {
      const retryInMs = retryDelayMs(transfer.attempts, ctx.random());
      await ctx.catalog.transfers.settle(transfer.id, lease, {
        state: 'waiting',
        reason,
        detail: detailOf(error),
        retryInMs,
      });
      log.warn({ err: error, reason, retryInMs }, 'transfer waits');
    }
  } catch (problem) {
    // The row keeps its lease until it ends; then the sweep hands it to another attempt.
    log.warn({ err: problem }, 'transfer not settled');
  }
}

async function settleCancelled(
  ctx: WorkerContext,
  { transfer, lease, error }: FailedAttempt,
): Promise<void> {
  const deleted =
    isAppError(error, 'gone') ||
    (await ctx.catalog.images.find(transfer.imageId, { kind: 'all' })) === undefined;
  await ctx.catalog.transaction(async (tx) => {
    await tx.transfers.settle(
      transfer.id,
      lease,
      deleted
        ? { state: 'superseded', reason: 'image_deleted' }
        : { state: 'cancelled', reason: 'cancelled' },
    );
    const reason = deleted ? 'image_deleted' : 'cancelled';
    await tx.events.append(transferEvent('transfer.cancelled', transfer, reason));
  });
}

/** Removes what the attempt wrote; what cannot be removed now is left to the sweep by the intent's row. */
async function discard(
  ctx: WorkerContext,
  { transfer, lease, writer, intent }: FailedAttempt,
): Promise<void> {
  if (intent === undefined) return;
  await ctx.catalog.transfers.bindIntent(transfer.id, lease, null);
  const store = ctx.stores.find(transfer.storeId);
  try {
    await writer?.abort();
    if (await isKeyWanted(ctx, store, transfer.imageId)) {
      // The next attempt writes under the same key; the row stays, so that the sweep removes the object with the image.
      await ctx.catalog.intents.release([intent.id], ctx.nodeId);
      return;
    }
    await store?.remove(intent.key, { signal: AbortSignal.timeout(CLEAN_UP_MS) });
    await ctx.catalog.intents.forget(intent.id);
  } catch (error) {
    ctx.log.warn({ intentId: intent.id, err: error }, 'left to the sweep');
    await ctx.catalog.intents.release([intent.id], ctx.nodeId);
  }
}

/** A repair that no policy would ask for again is tried until it succeeds or somebody cancels it. */
function isExhausted({ attempts, askedBy, class: kind }: Transfer): boolean {
  return attempts >= MAX_ATTEMPTS && (kind !== 'repair' || askedBy === 'policy');
}

function isFinal(error: unknown): boolean {
  return isAppError(error) ? !error.retryable || error.code === 'no_space' : false;
}

function reasonOf(error: unknown): ReasonCode {
  if (!isAppError(error)) return 'store_failed';
  const given = error.context['reason'];
  if (typeof given === 'string' && given in REASONS) return given as ReasonCode; // Checked by the line's own test.
  switch (error.code) {
    case 'no_space':
    case 'stalled':
    case 'lease_lost':
    case 'cancelled':
      return error.code;
    case 'conflict':
      return 'dest_conflict';
    case 'integrity_mismatch':
      return 'digest_mismatch';
    case 'not_found':
      return 'source_missing';
    default:
      return 'store_failed';
  }
}

function detailOf(error: unknown): string {
  return error instanceof AppError ? error.message : 'unexpected error, see the log';
}
