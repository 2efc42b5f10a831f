import type { BlobHandle, ByteRange, Location } from '@parallax/core';
import type { Source } from '../source/source.ts';
import { StreamHandle } from '../source/stream-handle.ts';
import type { RelayClient } from './client.ts';

/** A copy in another region, read through the node at `url`. */
export function relaySource(
  client: RelayClient,
  url: string,
  location: Pick<Location, 'id' | 'storeId'>,
): Source {
  return {
    locationId: location.id,
    storeId: location.storeId,
    open: (range, { signal }) =>
      StreamHandle.over(range, (rest) =>
        client.get(url, { location: location.id }, { range: rest, signal }),
      ),
  };
}

/** What the node at `url` wrote for an intent, before it is published. */
export function openRelayedIntent(
  client: RelayClient,
  url: string,
  { id, signal }: { readonly id: number; readonly signal: AbortSignal },
): Promise<BlobHandle> {
  const open = (range: ByteRange) => client.get(url, { intent: id }, { range, signal });
  return StreamHandle.over({ start: 0 }, open);
}
