import { Readable } from 'node:stream';
import {
  AppError,
  type BeginOptions,
  type BlobEntry,
  type BlobHandle,
  type BlobRead,
  type BlobStat,
  type BlobWriter,
  type CallOptions,
  type OpenOptions,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { bodyOf } from '../../ceph/body.ts';
import { RbdBlobHandle } from '../../ceph/handle.ts';
import { checkedKey } from '../../key.ts';
import { checkRange, clampRange } from '../../range.ts';
import type { Attachments } from './attachments.ts';
import type { CinderClient } from './client.ts';
import type { Identity } from './identity.ts';
import { isVolumeId, keyOfLocation, keyOfMarks, locationUrl, nameMark } from './key.ts';
import { type ListOptions, listVolumes, timeOf } from './list.ts';
import { Readers } from './readers.ts';
import { blobSize, byAge, STORE_MARK, type Volume } from './volume.ts';
import type { Volumes } from './volumes.ts';
import { Writers } from './writers.ts';

export interface CinderStoreOptions {
  readonly client: CinderClient;
  readonly volumes: Volumes;
  readonly attachments: Attachments;
  readonly identity: Identity;
}
interface Blob {
  readonly volume: Volume;
  readonly size: number;
}

/** Each blob is a volume on Ceph, longer than it by less than a GiB; its size is in the volume's metadata. */
export class CinderStore implements Store {
  readonly id: string;
  readonly kind = 'cinder';
  readonly capabilities = {
    attemptKeys: true,
    evict: true,
    holes: true,
    serverSideCopy: false,
    presign: false,
    storedDigest: false,
    marker: true,
  } as const;
  readonly #o: CinderStoreOptions;
  readonly #volumes: Volumes;
  readonly #identity: Identity;
  readonly #readers: Readers;
  readonly #writers: Writers;

  constructor(id: string, o: CinderStoreOptions) {
    this.id = id;
    this.#o = o;
    this.#volumes = o.volumes;
    this.#identity = o.identity;
    this.#readers = new Readers(o.attachments);
    this.#writers = new Writers(o);
  }

  readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    return this.#identity.read(o);
  }

  writeIdentity(uuid: string, o: CallOptions = {}): Promise<void> {
    return this.#identity.write(uuid, o);
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    return statOf(await this.#blob(key, o));
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    checkRange(o.range ?? { start: 0 });
    const blob = await this.#blob(key, o);
    const range = clampRange(o.range, blob.size);
    // Nothing to read: no seconds are spent on an attachment.
    if (range.start === range.end) return { ...statOf(blob), body: Readable.from([]) };
    const handle = await this.#read(blob, o);
    return { ...statOf(blob), body: bodyOf(handle, range, o.signal) };
  }

  async openAt(key: string, o: OpenOptions = {}): Promise<BlobHandle> {
    return this.#read(await this.#blob(key, o), o);
  }

  async begin(key: string, o: BeginOptions = {}): Promise<BlobWriter> {
    checkedKey(key);
    if (isVolumeId(key)) throw new AppError('invalid_request', 'the key is the id of a volume');
    throwIfCancelled(o.signal);
    const uuid = await this.#identity.require(o);
    if ((await this.#find(key, uuid, o)) !== undefined) {
      throw new AppError('conflict', 'the key exists');
    }
    return this.#writers.begin(key, uuid, o);
  }

  async resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    checkedKey(key);
    throwIfCancelled(o.signal);
    const uuid = await this.#identity.require(o);
    const volume = isVolumeId(session) ? await this.#volumes.settled(session, o) : undefined;
    const isOurs =
      volume?.metadata[STORE_MARK] === uuid &&
      keyOfMarks(volume.metadata) === key &&
      blobSize(volume) === undefined;
    if (volume === undefined || !isOurs) {
      await this.#identity.requireNow(o);
      throw new AppError('not_found', 'no such unfinished write');
    }
    return this.#writers.resume(key, volume, o);
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    checkedKey(key);
    throwIfCancelled(o.signal);
    const uuid = await this.#identity.requireNow(o);
    await this.#writers.revoke(key);
    for (const volume of await this.#all(key, uuid, o)) {
      await this.#readers.dismiss(volume.id);
      await this.#o.attachments.end(volume.id, o);
      await this.#volumes.settled(volume.id, o);
      await this.#volumes.remove(volume.id, o);
    }
  }

  async *list(o: ListOptions = {}): AsyncGenerator<BlobEntry> {
    yield* listVolumes(this.#volumes, await this.#identity.requireNow(o), o);
    // A project that was emptied in the meantime would look like one that holds less.
    await this.#identity.requireNow(o);
  }

  toUrl(key: string): string {
    return locationUrl(this.id, key);
  }

  fromUrl(url: string): string | undefined {
    return keyOfLocation(this.id, url);
  }

  async close(): Promise<void> {
    await this.#readers.close();
    await this.#o.attachments.close();
    await this.#o.client.close();
  }

  async #blob(key: string, o: CallOptions): Promise<Blob> {
    checkedKey(key);
    throwIfCancelled(o.signal);
    const found = await this.#find(key, await this.#identity.require(o), o);
    if (found !== undefined) return found;
    await this.#identity.requireNow(o);
    throw new AppError('not_found', 'no such blob');
  }

  async #find(key: string, uuid: string, o: CallOptions): Promise<Blob | undefined> {
    for (const volume of await this.#all(key, uuid, o)) {
      const size = blobSize(volume);
      if (size !== undefined) return { volume, size };
    }
    return undefined;
  }

  /** Blob and unfinished writes, the oldest first. A volume's id is the key of what Glance made there. */
  async #all(key: string, uuid: string, o: CallOptions): Promise<readonly Volume[]> {
    if (isVolumeId(key)) {
      const volume = await this.#volumes.find(key, o);
      const isForeign = volume !== undefined && volume.metadata[STORE_MARK] === undefined;
      return isForeign && blobSize(volume) !== undefined ? [volume] : [];
    }
    const found: Volume[] = [];
    const marks = { [STORE_MARK]: uuid, ...nameMark(key) };
    for await (const volume of this.#volumes.list(marks, o)) found.push(volume);
    return found.sort(byAge);
  }

  async #read({ volume, size }: Blob, o: CallOptions): Promise<BlobHandle> {
    const { image, leave } = await this.#readers.join(volume, o);
    const handle = new RbdBlobHandle(image, size);
    return {
      size,
      read: (into, position) => handle.read(into, position),
      // The image is open for others too.
      close: leave,
    };
  }
}

function statOf({ volume, size }: Blob): BlobStat {
  const modifiedAt = timeOf(volume);
  return modifiedAt === undefined ? { size } : { size, modifiedAt };
}
