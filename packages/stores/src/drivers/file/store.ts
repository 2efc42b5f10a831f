import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  AppError,
  type BlobEntry,
  type BlobRead,
  type BlobStat,
  type BlobWriter,
  type CallOptions,
  type OpenOptions,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { clampRange } from '../../range.ts';
import { bodyOf } from './body.ts';
import { directFlagOf } from './direct-io.ts';
import { errnoOf, rethrow, toAppError } from './failure.ts';
import { hasFolders, makeFolders, syncFolder, unlinkIfThere } from './folder.ts';
import { FileBlobHandle } from './handle.ts';
import { readMarker, requirePlace, writeMarker } from './identity.ts';
import { isKey, isSession, parseHiddenName, type Spot, spotOf } from './key.ts';
import { type ListOptions, listFiles } from './list.ts';
import { OpenFile } from './open-file.ts';
import { Place } from './publish.ts';
import { FileWriter } from './writer.ts';

const WRITE_FLAGS = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE_FLAGS = WRITE_FLAGS | constants.O_CREAT | constants.O_EXCL;

export interface FileStoreOptions {
  readonly directIo?: boolean;
  /** Of new files, whatever the umask. Default: 0640 less the umask. */
  readonly fileMode?: number | undefined;
}

/** Blobs as files below a root folder, which exists by its identity marker: without one every call is `unavailable`. */
export class FileStore implements Store {
  readonly id: string;
  readonly kind = 'file';
  readonly capabilities = {
    attemptKeys: true,
    evict: true,
    holes: true,
    serverSideCopy: false,
    presign: false,
    storedDigest: false,
    marker: true,
  };
  readonly #root: string;
  readonly #directIo: boolean;
  readonly #fileMode: number | undefined;
  readonly #durable = new Set<string>();

  constructor(id: string, root: string, o: FileStoreOptions = {}) {
    this.id = id;
    this.#root = root;
    this.#directIo = o.directIo ?? true;
    this.#fileMode = o.fileMode;
  }

  /** `unavailable` unless the root is there with its marker. */
  requirePlace(): Promise<void> {
    return requirePlace(this.#root);
  }

  async readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    throwIfCancelled(o.signal);
    return readMarker(this.#root);
  }

  async writeIdentity(uuid: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    await writeMarker(this.#root, uuid);
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    throwIfCancelled(o.signal);
    const spot = spotOf(this.#root, key);
    const found = await this.#findFile(spot);
    if (found === undefined) return this.#absent();
    return { size: found.size, modifiedAt: found.mtime };
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    const handle = await this.openAt(key, o);
    try {
      const range = clampRange(o.range, handle.size);
      throwIfCancelled(o.signal);
      return {
        size: handle.size,
        modifiedAt: handle.modifiedAt,
        body: bodyOf(handle, range, o.signal),
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async openAt(key: string, o: OpenOptions = {}): Promise<FileBlobHandle> {
    throwIfCancelled(o.signal);
    const spot = spotOf(this.#root, key);
    if (!(await hasFolders(spot))) return this.#absent();
    try {
      const directFlag = o.uncached === true ? await this.#directFlag() : 0;
      return await FileBlobHandle.open(spot.path, directFlag);
    } catch (error) {
      const translated = toAppError(error);
      return translated.code === 'not_found'
        ? this.#absent(translated)
        : Promise.reject(translated);
    }
  }

  async begin(
    key: string,
    o: { readonly size?: number | undefined } & CallOptions = {},
  ): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    const spot = spotOf(this.#root, key);
    await requirePlace(this.#root);
    await makeFolders(spot, this.#durable);
    if ((await this.#findFile(spot)) !== undefined) {
      throw new AppError('conflict', 'the key exists');
    }
    const place = new Place(this.#root, spot, randomBytes(16).toString('hex'));
    const file = await this.#openHidden(place, CREATE_FLAGS);
    const writer = new FileWriter(file, place, 0);
    if (this.#fileMode === undefined) return writer;
    try {
      await file.setMode(this.#fileMode);
      return writer;
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  async resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    const spot = spotOf(this.#root, key);
    await requirePlace(this.#root);
    if (!isSession(session) || !(await hasFolders(spot))) return this.#absent();
    const place = new Place(this.#root, spot, session);
    const file = await this.#openHidden(place, WRITE_FLAGS);
    try {
      const { size } = await file.stat();
      return new FileWriter(file, place, Number(size));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    const spot = spotOf(this.#root, key);
    await requirePlace(this.#root);
    if (!(await hasFolders(spot))) return;
    // Unfinished writes first: what has lost its hidden name cannot be committed any more.
    const hidden = (await namesIn(spot.folder)).filter(
      (name) => parseHiddenName(name)?.name === spot.name,
    );
    let removed = false;
    for (const name of hidden) removed = (await unlinkIfThere(join(spot.folder, name))) || removed;
    removed = (await unlinkIfThere(spot.path)) || removed;
    if (removed) await syncFolder(spot.folder);
  }

  async *list(o: ListOptions = {}): AsyncGenerator<BlobEntry> {
    await requirePlace(this.#root);
    yield* listFiles(this.#root, o);
    // A root that went away in the meantime would look like one that holds less.
    await requirePlace(this.#root);
  }

  toUrl(key: string): string {
    return pathToFileURL(spotOf(this.#root, key).path).href;
  }

  fromUrl(url: string): string | undefined {
    const path = pathOf(url);
    const prefix = this.#root.endsWith(sep) ? this.#root : this.#root + sep;
    if (path === undefined || !path.startsWith(prefix)) return undefined;
    const key = path.slice(prefix.length);
    return isKey(key) ? key : undefined;
  }

  async freeBytes(o: CallOptions = {}): Promise<number> {
    throwIfCancelled(o.signal);
    await requirePlace(this.#root);
    const { bavail, bsize } = await statfs(this.#root).catch(rethrow);
    return bavail * bsize;
  }

  async close(): Promise<void> {
    // Nothing is held between calls: an open root would keep an operator from unmounting it.
  }

  async #openHidden(place: Place, flags: number): Promise<OpenFile> {
    try {
      return await OpenFile.open(place.hidden, flags, await this.#directFlag());
    } catch (error) {
      throw toAppError(error);
    }
  }

  /** Asked each time: another file system may be mounted on the root meanwhile. */
  async #directFlag(): Promise<number> {
    return this.#directIo ? directFlagOf(this.#root) : 0;
  }

  async #findFile(spot: Spot) {
    if (!(await hasFolders(spot))) return undefined;
    try {
      const found = await lstat(spot.path);
      return found.isFile() ? found : undefined;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw toAppError(error);
    }
  }

  /** Nothing at a path means that there is no blob only while the place is there. */
  async #absent(cause?: unknown): Promise<never> {
    await requirePlace(this.#root);
    throw new AppError('not_found', 'no such blob', { cause });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw toAppError(error);
  }
}

function pathOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  // What fileURLToPath refuses: an encoded slash, another host.
  if (parsed.protocol !== 'file:' || parsed.host !== '' || /%2f/i.test(parsed.pathname)) {
    return undefined;
  }
  try {
    return fileURLToPath(parsed);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
