import type { BlobHandle } from '@parallax/core';
import type { Deadline } from '../watchdog.ts';

/** Waits for `opening` no longer than the deadline allows; what opens later is closed. */
export async function openWithin(
  deadline: Deadline,
  opening: Promise<BlobHandle>,
): Promise<BlobHandle> {
  try {
    return await deadline.run(opening);
  } catch (error) {
    opening.then(closeUnseen, () => {});
    throw error;
  }
}

/** A store that hangs hangs in close too, and what close has to say changes nothing for a reader. */
export function closeUnseen(blob: BlobHandle): void {
  blob.close().catch(() => {});
}
