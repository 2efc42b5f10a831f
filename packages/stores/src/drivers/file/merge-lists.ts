import type { BlobEntry } from '@parallax/core';
import { compareKeys } from './list.ts';

/** Lists that are in key order each, as one. Holds one entry of each. */
export async function* mergeLists(
  lists: readonly AsyncGenerator<BlobEntry>[],
): AsyncGenerator<BlobEntry> {
  try {
    const heads = await Promise.all(lists.map(async (list) => ({ list, next: await list.next() })));
    for (;;) {
      let first: { list: AsyncGenerator<BlobEntry>; next: IteratorResult<BlobEntry> } | undefined;
      for (const head of heads) {
        if (head.next.done === true) continue;
        const isBefore = first === undefined || compare(head.next.value, first.next.value) < 0;
        if (isBefore) first = head;
      }
      if (first === undefined) return;
      yield first.next.value;
      first.next = await first.list.next();
    }
  } finally {
    // Also when the reader stops, or one of them failed.
    await Promise.all(lists.map((list) => list.return(undefined)));
  }
}

/** Blobs before unfinished writes of the same key, those by session. */
function compare(a: BlobEntry, b: BlobEntry): number {
  return compareKeys(a.key, b.key) || compareKeys(a.session ?? '', b.session ?? '');
}
