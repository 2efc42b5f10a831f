import { randomBytes } from 'node:crypto';
import {
  AppError,
  type BeginOptions,
  type BlobEntry,
  type BlobRead,
  type BlobStat,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  isAppError,
  type OpenOptions,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { bodyOf } from '../../ceph/body.ts';
import { connectArgs, deadlineMs } from '../../ceph/config.ts';
import { RbdConnection } from '../../ceph/connection.ts';
import { unless } from '../../ceph/failure.ts';
import { RbdBlobHandle } from '../../ceph/handle.ts';
import { OpenImage } from '../../ceph/image.ts';
import { ImageWriter } from '../../ceph/image-writer.ts';
import { checkRange, clampRange } from '../../range.ts';
import { busyWaitMs, orderOf, type RbdConfig } from './config.ts';
import { copyBytes, endCopy, openSource } from './copy.ts';
import { disposeImage, newLock, removeSnapshots } from './dispose.ts';
import { hiddenName, imageName, isSession, keyOfName } from './key.ts';
import { type ListOptions, listImages } from './list.ts';
import { locationUrl, parseLocation, SNAPSHOT } from './location.ts';
import { idOf } from './names.ts';
import { RbdPlace } from './place.ts';
import { publishImage, SESSION_KEY } from './publish.ts';
import { isUnfinished, removeKey } from './remove.ts';

/** Blobs as protected snapshots of images in one pool, as Glance keeps them. */
export class RbdStore implements Store {
  readonly id: string;
  readonly kind = 'rbd';
  readonly capabilities = {
    attemptKeys: true,
    evict: true,
    holes: true,
    serverSideCopy: true,
    presign: false,
    storedDigest: false,
    marker: true,
  };
  readonly #config: RbdConfig;
  readonly #connection: RbdConnection;
  readonly #place: RbdPlace;
  /** Of this process, by key: whoever removes a key must not wait for them. */
  readonly #writers = new Map<string, Set<ImageWriter>>();

  constructor(id: string, config: RbdConfig) {
    this.id = id;
    this.#config = config;
    this.#connection = new RbdConnection(connectArgs(config, config.user), deadlineMs(config));
    const at = { pool: config.pool, namespace: config.namespace ?? '' };
    this.#place = new RbdPlace(this.#connection, at);
  }

  /** Asks for the cluster's fsid, which belongs to the URLs of blobs. `unavailable`. */
  async connect(): Promise<void> {
    await this.#connection.process();
  }

  readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    return this.#place.readMarker(o);
  }

  writeIdentity(uuid: string, o: CallOptions = {}): Promise<void> {
    return this.#place.writeMarker(uuid, o);
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    const image = await this.#open(key, o);
    await image.close();
    return { size: image.size, modifiedAt: image.createdAt };
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    checkRange(o.range ?? { start: 0 });
    const image = await this.#open(key, o);
    try {
      const range = clampRange(o.range, image.size);
      throwIfCancelled(o.signal);
      const body = bodyOf(new RbdBlobHandle(image), range, o.signal);
      return { size: image.size, modifiedAt: image.createdAt, body };
    } catch (error) {
      await image.close();
      throw error;
    }
  }

  async openAt(key: string, o: OpenOptions = {}): Promise<RbdBlobHandle> {
    return new RbdBlobHandle(await this.#open(key, o));
  }

  async begin(key: string, o: BeginOptions = {}): Promise<BlobWriter> {
    return this.#begin(key, o, false);
  }

  async resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    imageName(key);
    await this.#place.require(o);
    const gone = () => new AppError('not_found', 'no such unfinished write');
    if (!isSession(session) || !(await isUnfinished(this.#place, key, session))) throw gone();
    // One of this process is not shut out by its lock.
    await this.#revoke(key, session);
    const image = await this.#openHidden(key, session).catch(unless('ENOENT'));
    if (image === undefined) throw gone();
    try {
      // Of a commit that died before the image got its name.
      await removeSnapshots(image);
    } catch (error) {
      await image.close();
      throw error;
    }
    return this.#writer(image, { key, session, isResumed: true });
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    imageName(key);
    await this.#place.require(o);
    await this.#revoke(key);
    await removeKey(this.#place, key, { ...o, busyWaitMs: busyWaitMs(this.#config) });
  }

  async *list(o: ListOptions = {}): AsyncGenerator<BlobEntry> {
    await this.#place.require(o);
    yield* listImages(this.#place, o);
    // A pool that went away in the meantime would look like one that holds less.
    await this.#place.require(o);
  }

  async copyFrom(
    key: string,
    fromUrl: string,
    o: CallOptions = {},
  ): Promise<BlobWritten | undefined> {
    throwIfCancelled(o.signal);
    imageName(key);
    const { fsid } = await this.#connection.known();
    const from = parseLocation(fromUrl, { fsid, own: this.#place.at });
    const source = from && (await openSource(this.#place, from));
    if (source === undefined) return undefined;
    try {
      // Bytes that this writer did not see are in its image.
      const writer = await this.#begin(key, { ...o, size: source.size }, true);
      return await endCopy(writer, copyBytes(source, writer.image, o), source.size);
    } finally {
      await source.close();
    }
  }

  toUrl(key: string): string {
    return locationUrl(this.#fsid, { at: this.#place.at, name: imageName(key) });
  }

  fromUrl(url: string): string | undefined {
    const { at } = this.#place;
    const found = parseLocation(url, { fsid: this.#fsid, own: at });
    const isOurs = found?.at.pool === at.pool && found.at.namespace === at.namespace;
    return isOurs ? keyOfName(found.name) : undefined;
  }

  async freeBytes(o: CallOptions = {}): Promise<number | undefined> {
    await this.#place.require(o);
    const { pool } = this.#place.at;
    const found = await this.#connection.call('free', { pool }).catch(unless('EPERM', 'EACCES'));
    return found?.bytes;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  get #fsid(): string | undefined {
    return this.#config.fsid ?? this.#connection.fsid;
  }

  async #open(key: string, o: CallOptions): Promise<OpenImage> {
    throwIfCancelled(o.signal);
    const args = { at: this.#place.at, name: imageName(key), snapshot: SNAPSHOT };
    try {
      return await OpenImage.open(this.#connection, args);
    } catch (error) {
      return isAppError(error, 'not_found') ? this.#place.absent(o, error) : Promise.reject(error);
    }
  }

  /** All writers of the key, or of one unfinished write. */
  async #revoke(key: string, session?: string): Promise<void> {
    const writers = [...(this.#writers.get(key) ?? [])].filter(
      (writer) => session === undefined || writer.session === session,
    );
    await Promise.all(writers.map((writer) => writer.revoke()));
  }

  #openHidden(key: string, session: string): Promise<OpenImage> {
    const args = { at: this.#place.at, name: hiddenName(key, session), lock: newLock() };
    return OpenImage.open(this.#connection, args);
  }

  async #begin(key: string, o: BeginOptions, isCopy: boolean): Promise<ImageWriter> {
    const name = imageName(key);
    await this.#place.require(o);
    if ((await idOf(this.#place, name)) !== undefined) {
      throw new AppError('conflict', 'the key exists');
    }
    const session = randomBytes(16).toString('hex');
    const hidden = hiddenName(key, session);
    const { at } = this.#place;
    const order = orderOf(this.#config);
    await this.#connection.call('create', { at, name: hidden, size: o.size ?? 0, order });
    const image = await this.#openHidden(key, session);
    const writer = this.#writer(image, { key, session, isResumed: isCopy });
    try {
      await image.call('metadataSet', { key: SESSION_KEY, value: session });
      return writer;
    } catch (error) {
      await writer.detach();
      throw error;
    }
  }

  #writer(
    image: OpenImage,
    {
      key,
      session,
      isResumed,
    }: { readonly key: string; readonly session: string; readonly isResumed: boolean },
  ): ImageWriter {
    const hidden = hiddenName(key, session);
    const dispose = { busyWaitMs: busyWaitMs(this.#config) };
    const writers = this.#writers.get(key) ?? new Set();
    this.#writers.set(key, writers);
    const writer = new ImageWriter({
      key,
      session,
      image,
      isResumed,
      end: {
        publish: () => publishImage(this.#place, image, { key, hidden }),
        dispose: () => disposeImage(this.#place, hidden, dispose),
        over: () => {
          writers.delete(writer);
          if (writers.size === 0 && this.#writers.get(key) === writers) this.#writers.delete(key);
        },
      },
    });
    writers.add(writer);
    return writer;
  }
}
