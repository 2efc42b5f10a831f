import { AppError, type BlobWriter, type BlobWritten, type CallOptions } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { MAX_TRANSFER_BYTES } from '../../ceph/child/buffers.js';
import { isErrno } from '../../ceph/failure.ts';
import { OpenImage } from '../../ceph/image.ts';
import { type ImageSpot, SNAPSHOT } from './location.ts';
import type { RbdPlace } from './place.ts';

const STREAMS = 4;

/** The blob of another location of the cluster; undefined when its pool is closed to us. `not_found` when the pool is open and it is not there. */
export async function openSource(
  { connection }: RbdPlace,
  { at, name }: ImageSpot,
): Promise<OpenImage | undefined> {
  try {
    return await OpenImage.open(connection, { at, name, snapshot: SNAPSHOT });
  } catch (error) {
    const isClosed = isErrno(error, 'EPERM', 'EACCES');
    // The cluster is there, as it told us its fsid: so it is the pool that is not.
    const isMissing = isErrno(error, 'ENOENT') && error.context['call'] === 'rados_ioctx_create';
    if (isClosed || isMissing) return undefined;
    throw error;
  }
}

/** Every byte, so that either image may go: a clone would pin its source. Bytes pass through the child alone; zeros are not written. */
export async function copyBytes(
  source: OpenImage,
  target: OpenImage,
  o: CallOptions,
): Promise<void> {
  let next = 0;
  const stream = async () => {
    while (next < source.size) {
      throwIfCancelled(o.signal);
      const position = next;
      next += MAX_TRANSFER_BYTES;
      const length = Math.min(MAX_TRANSFER_BYTES, source.size - position);
      await source.copyTo(target, position, length);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: STREAMS }, stream));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Commits a whole copy, or leaves nothing behind. */
export async function endCopy(
  writer: BlobWriter,
  copying: Promise<void>,
  size: number,
): Promise<BlobWritten> {
  try {
    await copying;
    return await writer.commit([], { size });
  } catch (error) {
    await writer.abort().catch((second: unknown) => {
      throw new AppError('store_failed', 'the copy neither succeeded nor was taken back', {
        cause: new AggregateError([error, second]),
      });
    });
    throw error;
  }
}
