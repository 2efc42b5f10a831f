import {
  AppError,
  type BlobHandle,
  type BlobWriter,
  type Content,
  chunkCount,
  hasBit,
  isAppError,
  LEAF_BYTES,
  LEAVES_PER_CHUNK,
  leafCount,
  leafLength,
} from '@parallax/core';
import { linkAbort } from '../linked-abort.ts';
import type { ManifestReader } from '../manifest.ts';
import { giveLeafBuffer, takeLeafBuffer } from '../read/leaf-buffers.ts';
import { readLeaf } from '../read/leaf-reader.ts';
import { closeUnseen, openWithin } from '../source/lifetime.ts';
import { cancelled, Deadline } from '../watchdog.ts';

/** Reads side by side: checking one leaf hides the wait for the next. */
const LANES = 3;
/** A reboot's ledger is checked before anything else goes on, so it must not hang for ever. */
const RECHECK_STALL_MS = 60_000;

export interface ReadBackOptions {
  readonly content: Content;
  readonly manifest: ManifestReader;
  readonly open: () => Promise<BlobHandle>;
  readonly signal: AbortSignal;
  readonly stallMs: number;
}

/** Reads a whole copy and checks every leaf. `integrity_mismatch` with the reason in its context. */
export async function readBack(options: ReadBackOptions): Promise<void> {
  const { content, signal } = options;
  if (signal.aborted) throw cancelled(signal);
  const opening = new Deadline(options.stallMs, signal);
  const blob = await openWithin(opening, options.open()).finally(() => opening.close());
  try {
    if (blob.size !== content.size) {
      const context = { reason: 'size_mismatch', size: blob.size, expected: content.size };
      throw new AppError('integrity_mismatch', 'the copy has another size', { context });
    }
    const read = (into: Uint8Array, position: number): Promise<number> => blob.read(into, position);
    const leaves = numbers(0, leafCount(content.size));
    await inLanes(
      leaves,
      (leaf, buffer, deadline) => {
        const into = buffer.subarray(0, leafLength(leaf, content.size));
        return deadline.run(readLeaf(options, read, { leaf, into }));
      },
      options,
    );
  } finally {
    closeUnseen(blob);
  }
}

export interface RecheckOptions {
  readonly content: Content;
  readonly manifest: ManifestReader;
  readonly writer: BlobWriter;
  readonly ledger: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly stallMs?: number | undefined;
}

/**
 * The chunks of the ledger that read back right. A store that keeps whole parts loses none of them by our reboot,
 * so without `readAt` the ledger stands.
 */
export async function recheckLedger(options: RecheckOptions): Promise<Uint8Array> {
  const { content, writer } = options;
  const ledger = options.ledger.slice();
  const { readAt } = writer;
  if (readAt === undefined) return ledger;
  const read = (into: Uint8Array, position: number): Promise<number> =>
    readAt.call(writer, into, position);
  const leavesOfLedger = marked(options.ledger, content.size);
  const signal = options.signal ?? new AbortController().signal;
  const limits = { signal, stallMs: options.stallMs ?? RECHECK_STALL_MS };
  await inLanes(
    leavesOfLedger,
    async (leaf, buffer, deadline) => {
      const into = buffer.subarray(0, leafLength(leaf, content.size));
      try {
        await deadline.run(readLeaf(options, read, { leaf, into }));
      } catch (error) {
        if (!isAppError(error, 'integrity_mismatch')) throw error;
        clearBit(ledger, Math.floor(leaf / LEAVES_PER_CHUNK));
      }
    },
    limits,
  );
  return ledger;
}

function* numbers(from: number, to: number): Generator<number, undefined> {
  for (let number = from; number < to; number += 1) yield number;
}

/** Leaves of the chunks whose bit is set. */
function* marked(ledger: Uint8Array, size: number): Generator<number, undefined> {
  for (let chunk = 0; chunk < chunkCount(size); chunk += 1) {
    if (!hasBit(ledger, chunk)) continue;
    const first = chunk * LEAVES_PER_CHUNK;
    yield* numbers(first, Math.min(first + LEAVES_PER_CHUNK, leafCount(size)));
  }
}

function clearBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) & ~(1 << (index & 7));
}

/** Works on all leaves in order, a few at a time, each lane with its own buffer. The first error ends all. */
async function inLanes(
  leaves: Iterator<number, undefined>,
  work: (leaf: number, buffer: Buffer, deadline: Deadline) => Promise<void>,
  { stallMs, signal }: { readonly stallMs: number; readonly signal: AbortSignal },
): Promise<void> {
  let failed = false;
  const stop = linkAbort(signal);
  const lane = async (): Promise<void> => {
    const deadline = new Deadline(stallMs, stop.signal);
    const buffer = takeLeafBuffer(LEAF_BYTES);
    try {
      for (let next = leaves.next(); next.done !== true && !failed; next = leaves.next()) {
        await work(next.value, buffer, deadline);
      }
      // Not after a failure: a read that hangs may still write into it.
      giveLeafBuffer(buffer);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      deadline.close();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane)).finally(() => stop.unlink());
}
