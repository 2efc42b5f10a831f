import type { Readable } from 'node:stream';
import {
  type BlobWriter,
  type Image,
  type Intent,
  isAppError,
  passKillPoint,
  type StoreFacts,
} from '@parallax/core';
import type { ServiceContext } from '../context.ts';
import { uploadTargets } from './upload-targets.ts';

export interface UploadInput {
  readonly id: string;
  readonly body: Readable;
  readonly storeId?: string | undefined;
  readonly declaredSize?: number | undefined;
  /** Every check that needs no byte has passed. */
  onAccepted(): void;
}

/** One store that is to hold the upload. */
export interface Attempt {
  readonly store: StoreFacts;
  readonly intent: Intent;
  writer?: BlobWriter;
}

export interface Reception {
  readonly input: UploadInput;
  readonly attempts: Attempt[];
  /** As it is since its bytes were taken. */
  readonly image: Image;
  readonly signal: AbortSignal;
}

/** Opens a writer in every target. A store that turns out to be away before any byte was taken is passed over, unless the client named it. */
export async function openWriters(
  ctx: ServiceContext,
  r: Reception,
  tagKey: Buffer,
): Promise<void> {
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
