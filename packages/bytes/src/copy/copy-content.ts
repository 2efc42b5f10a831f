import {
  AppError,
  type BlobWriter,
  CHUNK_BYTES,
  type Content,
  type PartReceipt,
  passKillPoint,
} from '@parallax/core';
import { Flusher } from '../ingest/flusher.ts';
import { type LinkedAbort, linkAbort } from '../linked-abort.ts';
import type { ManifestReader } from '../manifest.ts';
import { LeafReader } from '../read/leaf-reader.ts';
import { SourceSet } from '../read/source-set.ts';
import type { BadSource, Source } from '../source/source.ts';
import { cancelled } from '../watchdog.ts';
import type { CopyContext } from './copy-context.ts';
import { copyParts } from './copy-parts.ts';
import { copyRuns } from './copy-runs.ts';
import { Progress } from './progress.ts';

export interface CopyOptions {
  readonly content: Content;
  readonly manifest: ManifestReader;
  /** Best first; parallel readers spread over all of them. */
  readonly sources: readonly Source[];
  /** Neither committed nor aborted here. */
  readonly writer: BlobWriter;
  /** One bit per chunk that is written already; not changed. */
  readonly ledger: Uint8Array;
  /** Of the parts that the store has already. */
  readonly receipts: readonly PartReceipt[];
  /** Parallel readers; fewer when their parts would need too much memory. */
  readonly streams: number;
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly onBad: (bad: BadSource) => void;
  /** Saves what is done, about every `checkpointMs` and at the end. Its error ends the copy. */
  readonly checkpoint: (
    ledger: Uint8Array,
    bytesDone: number,
    receipts: readonly PartReceipt[],
  ) => Promise<void>;
  readonly checkpointMs: number;
}

/** Memory of all parts of one copy. */
const PART_MEMORY = 64 * 1024 * 1024;
/** How long an abort waits for calls under way. */
const SETTLE_MS = 1_500;

/**
 * Copies the missing chunks, every leaf checked before it is written, and returns the receipts of all parts.
 * `unavailable` when no source is left (reason in the context), `cancelled`, or the error of writer or checkpoint.
 */
export async function copyContent(options: CopyOptions): Promise<readonly PartReceipt[]> {
  const { content, manifest, writer, stallMs, signal } = options;
  if (signal.aborted) throw cancelled(signal);
  const stop = linkAbort(signal);
  const fail = (error: unknown): void => stop.abort(error);
  const ledger = options.ledger.slice();
  const progress = new Progress({ ...options, ledger, fail });
  const flusher = new Flusher(writer, fail);
  const sources = new SourceSet(options.sources, options.onBad);
  const workers = workerCount(options);
  const reading = { content, manifest, sources, stallMs, signal: stop.signal, uncached: true };
  const openReader = (reader: number): LeafReader => new LeafReader({ ...reading, reader });
  const context = { ...reading, writer, progress, flusher, workers, openReader };
  try {
    await settleAll(startWorkers(context), stop);
    await flusher.settled();
    if (stop.signal.aborted) throw stop.signal.reason;
    await progress.finish();
    passKillPoint('copy.written');
    return progress.receipts;
  } finally {
    stop.unlink();
    await progress.stop();
  }
}

function startWorkers(context: CopyContext): Promise<void>[] {
  return context.writer.writeAt === undefined ? copyParts(context) : copyRuns(context);
}

/** A sequential writer takes bytes in order only, so nothing can be done side by side. */
function workerCount({ writer, streams, content }: CopyOptions): number {
  if (writer.layout.order === 'sequential') return 1;
  const chunks = Math.max(1, Math.ceil(content.size / CHUNK_BYTES));
  const wanted = Math.max(1, Math.min(streams, chunks));
  if (writer.writeAt !== undefined) return wanted;
  return Math.max(1, Math.min(wanted, Math.floor(PART_MEMORY / writer.layout.partBytes(0))));
}

/** The first error stops the others; then waits for them, but not for a call that hangs. */
async function settleAll(workers: readonly Promise<void>[], stop: LinkedAbort): Promise<void> {
  for (const worker of workers) worker.catch((error: unknown) => stop.abort(error));
  const all = Promise.allSettled(workers);
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([all, stopped]);
  if (!stop.signal.aborted) return;
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SETTLE_MS);
  });
  await Promise.race([all, grace]);
  clearTimeout(timer);
  const { reason } = stop.signal;
  throw reason instanceof AppError ? reason : new AppError('internal', 'copy', { cause: reason });
}
