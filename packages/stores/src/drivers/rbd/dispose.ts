import { randomBytes } from 'node:crypto';
import { AppError, type CallOptions } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { isErrno, unless } from '../../ceph/failure.ts';
import { OpenImage } from '../../ceph/image.ts';
import type { ImageLock, Snapshot } from '../../ceph/protocol.ts';
import { SNAPSHOT } from './location.ts';
import { idOf } from './names.ts';
import type { RbdPlace } from './place.ts';

/** An image is made smaller step by step before it goes: no single call takes long, and a process killed in between goes on. */
const SHRINK_BYTES = 8 * 1024 ** 3;
const BUSY_POLL_MS = 500;

export interface DisposeOptions extends CallOptions {
  /** How long a watch may last: that of a dead process ends after 30 s. */
  readonly busyWaitMs: number;
}

/** Removes an image that no key leads to, with its snapshots. Idempotent. `in_use` while it has clones or somebody has it open. */
export async function disposeImage(
  place: RbdPlace,
  name: string,
  o: DisposeOptions,
): Promise<void> {
  const { connection, at } = place;
  // Whoever wrote to it is shut out first: objects written after the removal would be nobody's.
  const lock = newLock();
  const image = await OpenImage.open(connection, { at, name, lock }).catch(unless('ENOENT'));
  if (image !== undefined) {
    // Killed from here on, the next removal knows by the lock whose watch need not be waited for.
    let keepsLock = false;
    try {
      await removeSnapshots(image);
      await shrink(image, o);
      keepsLock = true;
    } finally {
      await image.close({ keepsLock });
    }
  }
  await removeWhenFree(place, name, o);
}

export function newLock(): ImageLock {
  return { owner: randomBytes(16).toString('hex') };
}

/** `in_use` when the blob's image has clones; nothing is changed. */
export async function requireNoClones(place: RbdPlace, name: string): Promise<void> {
  const { connection, at } = place;
  const open = await OpenImage.open(connection, { at, name, snapshot: SNAPSHOT }).catch(
    unless('ENOENT'),
  );
  if (open === undefined) return;
  try {
    const { answer } = await open.call('hasChildren', {});
    if (answer.hasChildren) throw new AppError('in_use', 'the image has clones');
  } finally {
    await open.close();
  }
}

/** All snapshots, protected ones too. `in_use` as soon as one has clones; it stays protected. */
export async function removeSnapshots(image: OpenImage): Promise<void> {
  const { answer } = await image.call('snapshots', {});
  for (const snapshot of answer.snapshots) await removeSnapshot(image, snapshot);
}

async function removeSnapshot(image: OpenImage, { name, isProtected }: Snapshot): Promise<void> {
  if (isProtected) await image.call('snapshotUnprotect', { name });
  await image.call('snapshotRemove', { name }).catch(unless('ENOENT'));
}

async function shrink(image: OpenImage, o: CallOptions): Promise<void> {
  for (let size = image.size - SHRINK_BYTES; size > 0; size -= SHRINK_BYTES) {
    throwIfCancelled(o.signal);
    await image.call('resize', { size });
  }
}

async function removeWhenFree(place: RbdPlace, name: string, o: DisposeOptions): Promise<void> {
  const { connection, at } = place;
  const endsAt = performance.now() + o.busyWaitMs;
  for (;;) {
    throwIfCancelled(o.signal);
    try {
      await connection.call('remove', { at, name });
      return;
    } catch (error) {
      if (isErrno(error, 'ENOENT') && (await idOf(place, name)) === undefined) return;
      if (!isErrno(error, 'EBUSY') || performance.now() + BUSY_POLL_MS > endsAt) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, BUSY_POLL_MS));
  }
}
