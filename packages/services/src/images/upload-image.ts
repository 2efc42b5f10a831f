import { randomBytes } from 'node:crypto';
import { HeldManifest, ingest, readBack } from '@parallax/bytes';
import {
  AppError,
  type Content,
  type Image,
  isAppError,
  type ManifestSlice,
  passKillPoint,
} from '@parallax/core';
import { authorizedImage } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { keepLease } from '../keep-lease.ts';
import { ringReconcile } from '../placement/ring-reconcile.ts';
import { publish } from '../publish.ts';
import { checkFormat } from './check-format.ts';
import { uploadTargets } from './upload-targets.ts';
import { type Attempt, openWriters, type Reception, type UploadInput } from './upload-writers.ts';

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

async function receive(ctx: ServiceContext, r: Reception): Promise<void> {
  const { input, attempts, image, signal } = r;
  const imageId = input.id;
  requireFormats(image);
  const format = checkFormat(ctx, image);
  const tagKey = randomBytes(32);
  await openWriters(ctx, r, tagKey);
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
  const content = { imageId, size, md5, osHashAlgo, osHashValue, tagKey };
  if (ctx.uploadProof === 'read') {
    await proveByReading(ctx, attempts, { content, slices, signal });
  }
  await publish(ctx, {
    imageId,
    copies: attempts.map(({ intent }, i) => ({
      intent,
      proof: ctx.uploadProof === 'read' ? 'read' : (written[i]?.proof ?? 'none'),
    })),
    askedBy: 'upload',
    purpose: 'copy',
    first: {
      content,
      virtualSize,
      slices,
      fence: image.fence,
    },
    also: (tx) => tx.events.append({ type: 'image.upload', imageId, payload: { size } }),
  });
}

/** For stores that are not trusted to keep what they acknowledged. `integrity_mismatch` when one gives other bytes back. */
async function proveByReading(
  ctx: ServiceContext,
  attempts: readonly Attempt[],
  o: {
    readonly content: Content;
    readonly slices: readonly ManifestSlice[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { content, slices, signal } = o;
  const manifest = new HeldManifest(slices);
  const { stallMs } = ctx.timers;
  await Promise.all(
    attempts.map(({ store, intent }) => {
      const open = () => ctx.bytes.openWritten(store, intent, signal);
      return readBack({ content, manifest, open, stallMs, signal });
    }),
  );
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
