import { type Content, chunkCount, hasBit, SLICE_CHUNKS } from '@parallax/core';
import { isZeroChunk, type ManifestReader } from '../manifest.ts';

/** Adjacent missing chunks that are all zero or all not. */
export interface Run {
  readonly first: number;
  readonly count: number;
  readonly zero: boolean;
}

/** One stream of a remote source serves so many chunks; also the most a worker can be behind the others. */
const MOST_RUN = 8;

/** Missing chunks in order. Several workers may ask the same generator for their next run. */
export async function* planRuns(
  content: Content,
  manifest: ManifestReader,
  o: { readonly ledger: Uint8Array; readonly workers: number },
): AsyncGenerator<Run, undefined> {
  const chunks = chunkCount(content.size);
  // Taken now: the ledger changes while the runs are worked on.
  const ledger = o.ledger.slice();
  const most = Math.max(1, Math.min(MOST_RUN, Math.floor(chunks / (o.workers * 2))));
  let first = 0;
  while (first < chunks) {
    if (hasBit(ledger, first)) {
      first += 1;
      continue;
    }
    const slice = await manifest.slice(Math.floor(first / SLICE_CHUNKS));
    const zero = isZeroChunk(slice, first);
    const end = Math.min(chunks, first + most, (slice.slice + 1) * SLICE_CHUNKS);
    let next = first + 1;
    while (next < end && !hasBit(ledger, next) && isZeroChunk(slice, next) === zero) next += 1;
    yield { first, count: next - first, zero };
    first = next;
  }
}
