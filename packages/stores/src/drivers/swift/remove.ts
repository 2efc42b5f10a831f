import type { CallOptions } from '@parallax/core';
import type { SwiftClient } from './client.ts';
import type { BlobSpot } from './key.ts';
import { listing } from './listing.ts';
import { deleteManifest, deleteObject, findObject } from './objects.ts';

/** Deletes the blob of a key with the segments it names, the name last: what a crash interrupts is still listed. */
export async function removeBlob(
  client: SwiftClient,
  { blob }: BlobSpot,
  o: CallOptions,
): Promise<void> {
  const found = await findObject(client, blob, { ...o, newest: true });
  if (found === undefined) return;
  if (found.isManifest) return deleteManifest(client, blob, o);
  if (found.dynamic !== undefined) await deleteDynamic(client, found.dynamic, o);
  await deleteObject(client, blob, o);
}

/** Glance's own large objects: `X-Object-Manifest: CONTAINER/PREFIX`, percent-encoded. */
async function deleteDynamic(client: SwiftClient, named: string, o: CallOptions): Promise<void> {
  const [container = '', ...rest] = decodeURIComponent(named).split('/');
  const prefix = rest.join('/');
  // Without a prefix every object of the container would be a segment.
  if (prefix === '') return;
  for await (const { name } of listing(client, { container }, { ...o, prefix })) {
    await deleteObject(client, { container, object: name }, o);
  }
}
