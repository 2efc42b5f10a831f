import { recheckLedger } from '@parallax/bytes';
import {
  AppError,
  type BlobWriter,
  bitmapOf,
  chunkCount,
  type Intent,
  isAppError,
  type PartReceipt,
  passKillPoint,
} from '@parallax/core';
import type { WorkerContext } from '../context.ts';
import type { Attempt, Move } from './attempt.ts';

interface Begun {
  readonly intent: Intent;
  readonly writer: BlobWriter;
  readonly ledger: Uint8Array;
  readonly receipts: readonly PartReceipt[];
}

/** Goes on where an earlier attempt stopped, when its intent and the store still know it. */
export async function beginOrResume(ctx: WorkerContext, attempt: Attempt, m: Move): Promise<Begun> {
  const resumed = await resume(ctx, attempt, m);
  if (resumed !== undefined) return resumed;
  const { signal } = attempt;
  const intent = attempt.intent ?? (await openIntent(ctx, attempt, m));
  const members = (await ctx.catalog.members.list(m.image.id)).map(({ memberId }) => memberId);
  const subject = { image: m.image, members };
  const writer = await m.store.begin(intent.key, { size: m.content.size, subject, signal });
  attempt.writer = writer;
  await ctx.catalog.intents.setSession(intent.id, writer.session, ctx.bootId);
  passKillPoint('copy.begun');
  return { intent, writer, ledger: bitmapOf(chunkCount(m.content.size)), receipts: [] };
}

/** The row that owns what is about to be written, bound to the transfer. */
export async function openIntent(ctx: WorkerContext, attempt: Attempt, m: Move): Promise<Intent> {
  const { transfer, lease } = attempt;
  const facts = ctx.storeFacts().find(({ id }) => id === m.store.id);
  if (facts === undefined) throw new AppError('unavailable', `store ${m.store.id} is not known`);
  const intent = await ctx.catalog.intents.open({
    imageId: m.content.imageId,
    store: facts,
    owner: ctx.nodeId,
    leaseMs: ctx.timers.leaseMs,
    transferId: transfer.id,
  });
  attempt.intent = intent;
  passKillPoint('copy.intent');
  await ctx.catalog.transfers.bindIntent(transfer.id, lease, intent.id);
  return intent;
}

async function resume(ctx: WorkerContext, attempt: Attempt, m: Move): Promise<Begun | undefined> {
  const { transfer, lease, signal } = attempt;
  if (transfer.intentId === null || transfer.ledger === null) return undefined;
  const intent = await ctx.catalog.intents.get(transfer.intentId).catch(undefinedIfGone);
  if (intent === undefined || intent.session === null) return undefined;
  const writer = await m.store
    .resume(intent.key, intent.session, { signal })
    .catch(undefinedIfGone);
  if (writer === undefined) return undefined;
  attempt.intent = intent;
  attempt.writer = writer;
  await ctx.catalog.transfers.bindIntent(transfer.id, lease, intent.id);
  const manifest = ctx.bytes.manifest(m.content.imageId);
  const ledger =
    intent.bootId === ctx.bootId
      ? transfer.ledger
      : await recheckLedger({
          content: m.content,
          manifest,
          writer,
          ledger: transfer.ledger,
          signal,
        });
  return { intent, writer, ledger, receipts: await receiptsKept(intent, writer) };
}

/** The store's own list wins: a part that it lost or holds otherwise is written again. Kinds without parts go by the ledger alone. */
async function receiptsKept(intent: Intent, writer: BlobWriter): Promise<readonly PartReceipt[]> {
  if (intent.receipts.length === 0 || writer.layout.readablePartial) return intent.receipts;
  const there = new Map((await writer.parts()).map((part) => [part.index, part]));
  return intent.receipts.filter(({ index, bytes, etag }) => {
    const part = there.get(index);
    return part?.bytes === bytes && (part.etag === undefined || part.etag === etag);
  });
}

/** For what may have gone meanwhile: a source that is missing is found, and told of, by whoever reads it. */
export function undefinedIfGone(error: unknown): undefined {
  if (isAppError(error, 'not_found')) return undefined;
  throw error;
}
