import type { BlobHandle, ByteRange, Location, OpenOptions, Store } from '@parallax/core';
import type { Source } from './source.ts';
import { StreamHandle } from './stream-handle.ts';

/** Opens a blob for positional reads: the store's own way where it has one, else over a stream. */
export async function openBlob(
  store: Store,
  key: string,
  range: ByteRange,
  o: OpenOptions = {},
): Promise<BlobHandle> {
  if (store.openAt !== undefined) return store.openAt(key, o);
  return StreamHandle.over(range, (rest) => store.open(key, { ...o, range: rest }));
}

/** A copy in a store that this process may open itself. */
export function localSource(store: Store, location: Pick<Location, 'id' | 'key'>): Source {
  return {
    locationId: location.id,
    storeId: store.id,
    open: (range, o) => openBlob(store, location.key, range, o),
  };
}
