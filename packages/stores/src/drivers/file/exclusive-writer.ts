import { AppError, type BlobWriter } from '@parallax/core';

export interface Elsewhere {
  /** Another folder has the key. */
  isElsewhere(): Promise<boolean>;
  /** Removes what was committed just now. */
  takeBack(): Promise<void>;
}

/**
 * A writer that is create-only over several folders. A link is atomic in its own folder only, so the others are looked into before it and
 * after it: of two writers that commit a key in two folders at the same moment, both may be refused, but never is one of two
 * acknowledged blobs hidden behind the other. A crash in between leaves a blob nobody acknowledged, which `remove` takes.
 */
export function exclusiveWriter(
  inner: BlobWriter,
  { isElsewhere, takeBack }: Elsewhere,
): BlobWriter {
  const { writeAt, hole, sync, readAt } = inner;
  return {
    session: inner.session,
    layout: inner.layout,
    put: (index, bytes, o) => inner.put(index, bytes, o),
    parts: () => inner.parts(),
    abort: () => inner.abort(),
    detach: () => inner.detach(),
    commit: async (receipts, o) => {
      if (await isElsewhere()) throw keyExists();
      const written = await inner.commit(receipts, o);
      if (!(await isElsewhere())) return written;
      await takeBack();
      throw keyExists();
    },
    ...(writeAt && { writeAt: (position, bytes, o) => writeAt.call(inner, position, bytes, o) }),
    ...(hole && { hole: (position, bytes) => hole.call(inner, position, bytes) }),
    ...(sync && { sync: () => sync.call(inner) }),
    ...(readAt && { readAt: (into, position) => readAt.call(inner, into, position) }),
  };
}

function keyExists(): AppError {
  return new AppError('conflict', 'the key exists');
}
