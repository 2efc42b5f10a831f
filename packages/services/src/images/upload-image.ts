import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ingest } from '@parallax/bytes';
import {
  AppError,
  type BlobWriter,
  type Image,
  type Intent,
  isAppError,
  passKillPoint,
  type StoreFacts,
} from '@parallax/core';
import { authorizedImage } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { keepLease } from '../keep-lease.ts';
import { ringReconcile } from '../placement/ring-reconcile.ts';
import { publish } from '../publish.ts';
import { checkFormat } from './check-format.ts';
import { uploadTargets } from './upload-targets.ts';

export interface UploadInput {
  readonly id: string;
  readonly body: Readable;
  readonly storeId?: string | undefined;
  readonly declaredSize?: number | undefined;
  /** Every check that needs no byte has passed. */
  onAccepted(): void;
}

interface Attempt {
  readonly store: StoreFacts;
  readonly intent: Intent;
  writer?: BlobWriter;
}

/**
 * Receives the image's bytes into every store that durability asks for, and publishes them.
 * At any failure the image is `queued` again and what was written is removed, now or by the sweep.
 */
export async function uploadImage(ctx: ServiceContext, input: UploadInput): Promise<void> {
  const image = await authorizedImage(ctx, input.id, 'upload_image');
  requireFormats(image);
  uploadTargets(ctx, { named: input.storeId });
  if ((input.declaredSize ?? 0) > ctx.imageSizeCap) throw tooLarge(ctx);
  const { nodeId, timers } = ctx;
  const taken = await ctx.catalog.images.takeForWriting(image.id, ['queued'], 'saving', {
    owner: nodeId,
    ms: timers.leaseMs,
  });
  passKillPoint('upload.taken');
  const attempts: Attempt[] = [];
  const lease = keepLease(ctx, async () => {
    const held = await ctx.catalog.images.renew(
      image.id,
      { owner: nodeId, fence: taken.fence },
      timers.leaseMs,
    );
    if (!held) return false;
    // Only now: meanwhile a target may have been given up for another.
    const ids = attempts.map(({ intent }) => intent.id);
    return ctx.catalog.intents.renew(ids, nodeId, timers.leaseMs);
  });
  try {
    await receive(ctx, { input, attempts, image: taken, signal: lease.signal });
  } catch (error) {
    await undo(ctx, image.id, taken.fence, attempts);
    throw await explain(ctx, image.id, error);
  } finally {
    await lease.stop();
  }
  await ringReconcile(ctx, image.id);
}

interface Reception {
  readonly input: UploadInput;
  readonly attempts: Attempt[];
  /** As it is since its bytes were taken. */
  readonly image: Image;
  readonly signal: AbortSignal;
}

async function receive(ctx: ServiceContext, r: Reception): Promise<void> {
  const { input, attempts, image, signal } = r;
  const imageId = input.id;
  requireFormats(image);
  const format = checkFormat(ctx, image);
  const tagKey = randomBytes(32);
  await openTargets(ctx, r, tagKey);
  input.onAccepted();
  const writers = attempts.flatMap(({ writer }) => writer ?? []);
  const received = await ingest(ctx.bytes.engine, {
    body: input.body,
    writers,
    tagKey,
    sizeCap: ctx.imageSizeCap,
    declaredSize: input.declaredSize,
    stallMs: ctx.timers.stallMs,
    signal,
    tap: format.tap,
  });
  const virtualSize = format.conclude();
  passKillPoint('upload.received');
  const { size, md5, osHashAlgo, osHashValue, slices } = received;
  const written = await Promise.all(
    writers.map((writer, i) =>
      writer.commit(received.receipts[i] ?? [], {
        size,
        digest: { algorithm: osHashAlgo, hex: osHashValue },
        signal,
      }),
    ),
  );
  passKillPoint('upload.committed');
  await publish(ctx, {
    imageId,
    copies: attempts.map(({ intent }, i) => ({ intent, proof: written[i]?.proof ?? 'none' })),
    askedBy: 'upload',
    purpose: 'copy',
    first: {
      content: { imageId, size, md5, osHashAlgo, osHashValue, tagKey },
      virtualSize,
      slices,
      fence: image.fence,
    },
    also: (tx) => tx.events.append({ type: 'image.upload', imageId, payload: { size } }),
  });
}

/** Opens a writer in every target. A store that turns out to be away before any byte was taken is passed over, unless the client named it. */
async function openTargets(ctx: ServiceContext, r: Reception, tagKey: Buffer): Promise<void> {
  const named = r.input.storeId;
  const without = new Set<string>();
  const next = (): StoreFacts | undefined => {
    const open = new Set(r.attempts.map(({ store }) => store.id));
    return uploadTargets(ctx, { named, without }).find(({ id }) => !open.has(id));
  };
  for (let store = next(); store !== undefined; store = next()) {
    try {
      await openTarget(ctx, r, { store, tagKey });
    } catch (error) {
      if (store.id === named || !isAppError(error, ...TRY_ELSEWHERE)) throw error;
      without.add(store.id);
      const failed = r.attempts.pop();
      if (failed !== undefined) await ctx.catalog.intents.release([failed.intent.id], ctx.nodeId);
      ctx.log.warn({ imageId: r.input.id, storeId: store.id, err: error }, 'upload goes elsewhere');
    }
  }
}

const TRY_ELSEWHERE = ['unavailable', 'store_failed', 'stalled', 'no_space'] as const;

async function openTarget(
  ctx: ServiceContext,
  r: Reception,
  { store, tagKey }: { readonly store: StoreFacts; readonly tagKey: Buffer },
): Promise<void> {
  const intent = await ctx.catalog.intents.open({
    imageId: r.input.id,
    store,
    owner: ctx.nodeId,
    leaseMs: ctx.timers.leaseMs,
    tagKey,
  });
  const attempt: Attempt = { store, intent };
  r.attempts.push(attempt);
  passKillPoint('upload.intent');
  const { declaredSize: size } = r.input;
  attempt.writer = await ctx.bytes.begin(store, intent, { size, signal: r.signal });
  passKillPoint('upload.begun');
}

/** What cannot be undone now (a store or Postgres is away) is undone by the sweep, once the leases end. */
async function undo(
  ctx: ServiceContext,
  imageId: string,
  fence: number,
  attempts: readonly Attempt[],
): Promise<void> {
  const steps = [
    ...attempts.map(async ({ intent, writer }) => {
      // A commit may have made the object visible before the failure: then only the sweep may remove it.
      await writer?.abort();
      await ctx.catalog.intents.release([intent.id], ctx.nodeId);
    }),
    ctx.catalog.images.release(imageId, fence),
  ];
  for (const result of await Promise.allSettled(steps)) {
    if (result.status === 'rejected') {
      ctx.log.warn({ imageId, err: result.reason }, 'left to the sweep');
    }
  }
}

/** A lost lease during an upload mostly means that the image was deleted: the client is told so. */
async function explain(ctx: ServiceContext, imageId: string, error: unknown): Promise<unknown> {
  if (!isAppError(error, 'lease_lost', 'gone')) return error;
  const image = await ctx.catalog.images.find(imageId, { kind: 'all' });
  if (image !== undefined) return error;
  return new AppError('gone', `Image ${imageId} was deleted during the upload`, { cause: error });
}

function requireFormats(image: Image): void {
  const missing = [
    image.diskFormat === null ? 'disk_format' : undefined,
    image.containerFormat === null ? 'container_format' : undefined,
  ].filter((field) => field !== undefined);
  if (missing.length === 0) return;
  throw new AppError(
    'invalid_request',
    `Properties ${missing.join(', ')} must be set prior to saving data.`,
  );
}

function tooLarge(ctx: ServiceContext): AppError {
  return new AppError(
    'too_large',
    `The image is larger than the limit of ${ctx.imageSizeCap} bytes`,
  );
}
