import { copyContent, openBlob, readBack } from '@parallax/bytes';
import {
  AppError,
  isWritable,
  type Lease,
  type Proof,
  passKillPoint,
  rankStores,
  type Store,
} from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import { publish } from '../publish.ts';
import type { Attempt, Move } from './attempt.ts';
import { beginOrResume } from './begin-copy.ts';
import { concludeTask } from './conclude-task.ts';
import { copyInside } from './copy-inside.ts';
import { reportBadSource } from './report-bad-source.ts';
import { settleFailure } from './settle-failure.ts';
import { sourcesOf } from './sources-of.ts';
import { transferEvent } from './transfer-event.ts';
import { watchTransfer } from './watch-transfer.ts';

const CHECKPOINT_MS = 1_000;

/** One attempt at a transfer into one of this process's stores; looks at the row first and may find nothing to do. */
export async function runTransfer(
  ctx: WorkerContext,
  id: number,
  signal: AbortSignal,
): Promise<void> {
  const transfer = await ctx.catalog.transfers.claim(id, ctx.nodeId, ctx.timers.leaseMs);
  if (transfer === undefined) return;
  passKillPoint('copy.claimed');
  const lease: Lease = { owner: ctx.nodeId, fence: transfer.fence };
  const watch = watchTransfer(ctx, transfer, lease, signal);
  const attempt: Attempt = {
    transfer,
    lease,
    signal: watch.signal,
    writer: undefined,
    intent: undefined,
  };
  try {
    await copy(ctx, attempt);
  } catch (error) {
    await watch.stop();
    await settleFailure(ctx, {
      ...attempt,
      error: watch.cause() ?? error,
      shutdown: signal.aborted,
    });
  } finally {
    await watch.stop();
  }
  await concludeTask(ctx, transfer.id);
}

async function copy(ctx: WorkerContext, attempt: Attempt): Promise<void> {
  const { transfer, lease } = attempt;
  const { catalog } = ctx;
  const content = await catalog.contents.find(transfer.imageId);
  const image = await catalog.images.find(transfer.imageId, { kind: 'all' });
  if (content === undefined || image === undefined) {
    await catalog.transfers.settle(transfer.id, lease, {
      state: 'superseded',
      reason: 'image_deleted',
    });
    return;
  }
  const locations = await catalog.locations.listFor(transfer.imageId);
  if (locations.some(({ storeId }) => storeId === transfer.storeId)) {
    await catalog.transaction(async (tx) => {
      const reason = 'already_there';
      await tx.transfers.settle(transfer.id, lease, { state: 'succeeded', reason });
      await tx.events.append(transferEvent('transfer.succeeded', transfer, reason));
    });
    return;
  }
  const store = requireStore(ctx, transfer.storeId);
  const proof = await move(ctx, attempt, { content, store, image });
  const { intent } = attempt;
  if (intent === undefined) throw new AppError('internal', 'a copy without an intent');
  await publish(ctx, {
    imageId: content.imageId,
    copies: [{ intent, proof }],
    askedBy: transfer.askedBy,
    purpose: 'copy',
    also: async (tx) => {
      const { leaseMs: ms } = ctx.timers;
      // An acknowledged cancel wins, also over bytes that are all there.
      if ((await tx.transfers.progress(transfer.id, lease, { ms })) === 'cancelling') {
        throw new AppError('cancelled');
      }
      await tx.transfers.settle(transfer.id, lease, { state: 'succeeded' });
      await tx.events.append(transferEvent('transfer.succeeded', transfer));
    },
  });
  passKillPoint('copy.settled');
  const { id: transferId, imageId, storeId, askedBy } = transfer;
  ctx.log.info({ transferId, imageId, storeId, askedBy, size: content.size, proof }, 'copied');
}

function requireStore(ctx: WorkerContext, storeId: string): Store {
  const facts = ctx.storeFacts().find((store) => store.id === storeId);
  const store = ctx.stores.find(storeId);
  if (store === undefined || facts === undefined || !isWritable(facts)) {
    throw new AppError('unavailable', `store ${storeId} is not up and writable`, {
      context: { reason: facts?.readOnly ? 'store_read_only' : 'store_down' },
    });
  }
  return store;
}

/** Bytes, commit, proof. Goes on where an earlier attempt stopped, when its intent and the store still know it. */
async function move(ctx: WorkerContext, attempt: Attempt, m: Move): Promise<Proof> {
  const { transfer, lease, signal } = attempt;
  const { content, store } = m;
  const manifest = ctx.bytes.manifest(content.imageId);
  if (await copyInside(ctx, attempt, m)) return proveByReading(ctx, attempt, m);
  const begun = await beginOrResume(ctx, attempt, m);
  const ranks = rankStores(ctx.storeFacts(), ctx.strategies, {
    clientRegion: ctx.storeFacts().find(({ id }) => id === store.id)?.region ?? '',
    prefer: [],
  });
  const receipts = await copyContent({
    content,
    manifest,
    sources: await sourcesOf(ctx, content, ranks),
    writer: begun.writer,
    ledger: begun.ledger,
    receipts: begun.receipts,
    streams: ctx.copyStreams,
    stallMs: ctx.timers.stallMs,
    signal,
    onBad: (bad) => reportBadSource(ctx, content.imageId, bad),
    checkpointMs: CHECKPOINT_MS,
    checkpoint: async (ledger, bytesDone, done) => {
      // Receipts first: a ledger bit whose receipt is missing would leave a hole in the object.
      if (done.length > 0) await ctx.catalog.intents.setReceipts(begun.intent.id, done);
      const ms = ctx.timers.leaseMs;
      const state = await ctx.catalog.transfers.progress(transfer.id, lease, {
        ms,
        ledger,
        bytesDone,
      });
      if (state === undefined) throw new AppError('lease_lost');
      passKillPoint('copy.ledger');
    },
  });
  const digest = { algorithm: content.osHashAlgo, hex: content.osHashValue };
  const written = await begun.writer.commit(receipts, { size: content.size, digest, signal });
  passKillPoint('copy.committed');
  if (written.proof === 'stored') return 'stored';
  return proveByReading(ctx, attempt, m);
}

/** For what the store itself could not compare with our digests. */
async function proveByReading(ctx: WorkerContext, attempt: Attempt, m: Move): Promise<Proof> {
  const { intent, signal } = attempt;
  if (intent === undefined) throw new AppError('internal', 'a copy without an intent');
  await readBack({
    content: m.content,
    manifest: ctx.bytes.manifest(m.content.imageId),
    open: () => openBlob(m.store, intent.key, { start: 0 }, { signal, uncached: true }),
    stallMs: ctx.timers.stallMs,
    signal,
  });
  passKillPoint('copy.read-back');
  return 'read';
}
