import type { Writable } from 'node:stream';
import { openVerified } from '@parallax/bytes';
import { AppError, rankStores } from '@parallax/core';
import { authorizedImage, requireAccessTo } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { reportBadSource } from '../copies/report-bad-source.ts';
import { sourcesOf } from '../copies/sources-of.ts';

/** A client's Range, syntax already checked: from a byte (to an inclusive one), or the last `suffix` bytes. */
export type RangeRequest =
  | { readonly first: number; readonly last?: number | undefined }
  | { readonly suffix: number };

interface HalfOpen {
  readonly start: number;
  readonly end: number;
}

export interface ImageData {
  readonly size: number;
  readonly md5: string;
  /** Half-open; present when a range was asked for. */
  readonly range: HalfOpen | undefined;
  /** Ends `out` after the last verified byte; destroys it when no good copy is left. */
  sendTo(out: Writable): Promise<void>;
  close(): Promise<void>;
}

export interface OpenInput {
  readonly id: string;
  readonly range?: RangeRequest | undefined;
  /** Stores to try first, best first. */
  readonly prefer: readonly string[];
}

/** The image's bytes, the first leaf already verified. Undefined when the image has none. `range_not_satisfiable`, `unavailable`. */
export async function openImageData(
  ctx: ServiceContext,
  input: OpenInput,
): Promise<ImageData | undefined> {
  const image = await authorizedImage(ctx, input.id, 'download_image');
  if (image.status === 'deactivated' && !ctx.identity.isAdmin) {
    throw new AppError(
      'forbidden',
      'The requested image has been deactivated. Image data download is forbidden.',
    );
  }
  if (input.prefer.length > 0) requireAccessTo(ctx, 'download_from_store', image);
  requirePreferable(ctx, input.prefer);
  if (image.status !== 'active' && image.status !== 'deactivated') return undefined;
  const content = await ctx.catalog.contents.find(image.id);
  if (content === undefined) return undefined;
  const range = resolveRange(input.range, content.size);
  const ranks = rankStores(ctx.storeFacts(), ctx.strategies, {
    clientRegion: ctx.clientRegion,
    prefer: input.prefer,
  });
  const sources = await sourcesOf(ctx, content, ranks);
  const read = await openVerified({
    content,
    manifest: ctx.bytes.manifest(image.id),
    sources,
    range: range ?? { start: 0, end: content.size },
    stallMs: ctx.timers.stallMs,
    signal: ctx.signal,
    onBad: (bad) => reportBadSource(ctx, image.id, bad),
  });
  return {
    size: content.size,
    md5: content.md5,
    range,
    sendTo: (out) => read.sendTo(out),
    close: () => read.close(),
  };
}

function requirePreferable(ctx: ServiceContext, prefer: readonly string[]): void {
  if (prefer.length === 0) return;
  const known = new Set(ctx.storeFacts().map((store) => store.id));
  const unknown = prefer.find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw new AppError('invalid_request', `Store for identifier ${unknown} not found`);
  }
}

function resolveRange(request: RangeRequest | undefined, size: number): HalfOpen | undefined {
  if (request === undefined) return undefined;
  const start = 'suffix' in request ? Math.max(0, size - request.suffix) : request.first;
  const last = 'suffix' in request ? size - 1 : Math.min(request.last ?? size - 1, size - 1);
  const empty = 'suffix' in request && request.suffix === 0;
  if (empty || start >= size || last < start) {
    throw new AppError('range_not_satisfiable', 'The Range requested is not available.', {
      context: { size },
    });
  }
  return { start, end: last + 1 };
}
