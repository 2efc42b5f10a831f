import { constants } from 'node:fs';
import { access, link, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '@parallax/core';
import { errnoOf, rethrow, toAppError } from './failure.ts';
import { syncFolder, unlinkIfThere } from './folder.ts';
import { OpenFile } from './open-file.ts';

/** Holds the store's uuid. A folder without it may be the empty mount point of a disk that is away. */
const MARKER = '.parallax-store';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_CHARS = 36;

export async function readMarker(root: string): Promise<string | undefined> {
  const file = await OpenFile.open(
    join(root, MARKER),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  ).catch(async (error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw toAppError(error);
    await requireFolder(root);
    return undefined;
  });
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(UUID_CHARS);
    const uuid = Buffer.from(bytes.buffer, 0, await file.read(bytes, 0)).toString('latin1');
    if (!UUID.test(uuid)) throw new AppError('store_failed', 'the identity marker is damaged');
    return uuid;
  } finally {
    await file.close();
  }
}

/** Create-only, and whole or not at all: written aside, then linked. */
export async function writeMarker(root: string, uuid: string): Promise<void> {
  if (!UUID.test(uuid)) throw new AppError('invalid_request', 'the identity is not a uuid');
  await makeRoot(root);
  const aside = join(root, `${MARKER}.${uuid}`);
  const file = await OpenFile.open(
    aside,
    constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW,
  ).catch(rethrow);
  try {
    await file.write([Buffer.from(`${uuid}\n`)], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(aside, join(root, MARKER));
  } catch (error) {
    // ENOENT: another process wrote the same uuid at this moment and has tidied up.
    if (!['EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw toAppError(error);
  } finally {
    await unlinkIfThere(aside);
  }
  await syncFolder(root);
  const found = await readMarker(root);
  if (found !== uuid) {
    throw new AppError('conflict', 'the place has another identity', { context: { found } });
  }
}

/** `unavailable` unless the root is there with its marker: nothing may be read from or written into the folder under an absent mount. */
export async function requirePlace(root: string): Promise<void> {
  try {
    await access(join(root, MARKER));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw toAppError(error);
    throw new AppError('unavailable', 'the root folder is missing or has no identity marker', {
      cause: error,
    });
  }
}

async function requireFolder(root: string): Promise<void> {
  const found = await stat(root).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw toAppError(error);
  });
  if (found?.isDirectory() !== true) {
    throw new AppError('unavailable', 'the root folder is missing');
  }
}

async function makeRoot(root: string): Promise<void> {
  const first = await mkdir(root, { recursive: true, mode: 0o750 }).catch(rethrow);
  if (first === undefined) return;
  for (let made = root; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}
