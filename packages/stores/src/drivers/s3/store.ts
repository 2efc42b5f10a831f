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
  CHUNK_BYTES,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { blobKey } from './address.ts';
import { type CopyLimits, copyObject } from './copy.ts';
import {
  largestBlob,
  largestStream,
  layoutOf,
  MAX_PARTS,
  type PartLimits,
  planParts,
} from './layout.ts';
import { type ListOptions, listBlobs } from './list.ts';
import { Marker, type MarkerOptions } from './marker.ts';
import { deleteObject, findObject } from './objects.ts';
import { openObject } from './open.ts';
import { parseSession, type Session, sessionOf } from './session.ts';
import { abortUpload, createUpload, isLive, listUploads } from './uploads.ts';
import type { S3Wire } from './wire.ts';
import { S3Writer } from './writer.ts';

export interface S3StoreOptions extends MarkerOptions {
  readonly presign: boolean;
  readonly partSize: number | undefined;
  readonly maxParts: number | undefined;
  readonly copyLimits?: CopyLimits;
}

/** Blobs as objects of one bucket. An unfinished write is a multipart upload. */
export class S3Store implements Store {
  readonly id: string;
  readonly kind = 's3';
  readonly capabilities;
  readonly presign?: (key: string, ttlSeconds: number) => Promise<URL>;
  readonly #wire: S3Wire;
  readonly #marker: Marker;
  readonly #limits: PartLimits;
  readonly #copyLimits: CopyLimits | undefined;

  constructor(id: string, wire: S3Wire, o: S3StoreOptions) {
    this.id = id;
    this.#wire = wire;
    this.#marker = new Marker(wire, o);
    this.#limits = {
      leastChunks: Math.ceil((o.partSize ?? CHUNK_BYTES) / CHUNK_BYTES),
      maxParts: o.maxParts ?? MAX_PARTS,
    };
    this.#copyLimits = o.copyLimits;
    this.capabilities = {
      attemptKeys: true,
      evict: true,
      holes: false,
      serverSideCopy: true,
      presign: o.presign,
      storedDigest: true,
      marker: true,
      maxObjectBytes: largestBlob(this.#limits),
    };
    if (o.presign) this.presign = async (key, ttl) => this.#wire.presign(blobKey(key), ttl);
  }

  async readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    throwIfCancelled(o.signal);
    return this.#marker.read(o);
  }

  async writeIdentity(uuid: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    await this.#marker.write(uuid, o);
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    throwIfCancelled(o.signal);
    return (await findObject(this.#wire, blobKey(key), o)) ?? this.#absent('no such blob', o);
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    throwIfCancelled(o.signal);
    return (await openObject(this.#wire, blobKey(key), o)) ?? this.#absent('no such blob', o);
  }

  async begin(key: string, o: BeginOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    blobKey(key);
    const { size, signal } = o;
    const partChunks = planParts(size, this.#limits);
    await this.#marker.requireRecently({ signal });
    if ((await findObject(this.#wire, key, { signal })) !== undefined) {
      throw new AppError('conflict', 'the key exists');
    }
    const mark = randomBytes(16).toString('hex');
    const uploadId = await createUpload(this.#wire, key, { mark, signal });
    return this.#writer(key, { uploadId, partChunks, mark });
  }

  async resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    blobKey(key);
    const parsed = parseSession(session);
    const { uploadId } = parsed;
    // Without an id S3 would take the question for one about the object.
    const isKnown = uploadId !== '' && (await isLive(this.#wire, { key, uploadId }, o));
    return isKnown ? this.#writer(key, parsed) : this.#absent('no such write', o);
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    blobKey(key);
    await this.#marker.requireRecently(o);
    // Unfinished writes first: what has lost its upload cannot be committed any more.
    for await (const upload of listUploads(this.#wire, key, o)) {
      if (upload.key === key) await abortUpload(this.#wire, upload, o);
    }
    await deleteObject(this.#wire, key, o);
  }

  async *list(o: ListOptions = {}): AsyncGenerator<BlobEntry> {
    throwIfCancelled(o.signal);
    await this.#marker.require(o);
    yield* listBlobs(this.#wire, o);
    // A bucket that was emptied and made anew in the meantime would look like one that holds less.
    await this.#marker.require(o);
  }

  async copyFrom(
    key: string,
    fromUrl: string,
    o: CallOptions = {},
  ): Promise<BlobWritten | undefined> {
    throwIfCancelled(o.signal);
    blobKey(key);
    const from = this.#wire.address.parse(fromUrl);
    if (from === undefined) return undefined;
    await this.#marker.requireRecently(o);
    const { maxParts } = this.#limits;
    const limits = this.#copyLimits;
    return copyObject(this.#wire, { key, from, maxParts, limits, signal: o.signal });
  }

  toUrl(key: string): string {
    return this.#wire.address.toUrl(blobKey(key));
  }

  fromUrl(url: string): string | undefined {
    const { address } = this.#wire;
    const found = address.parse(url);
    return found?.bucket === address.bucket ? found.key : undefined;
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  #writer(key: string, session: Session): S3Writer {
    const { uploadId, partChunks, mark } = session;
    const most = partChunks === undefined ? largestStream(this.#limits) : largestBlob(this.#limits);
    return new S3Writer(this.#wire, {
      key,
      uploadId,
      mark,
      session: sessionOf(session),
      layout: layoutOf(partChunks, this.#limits),
      maxParts: this.#limits.maxParts,
      most,
    });
  }

  /** Nothing there means that there is no blob only while the place is there. */
  async #absent(what: string, o: CallOptions): Promise<never> {
    await this.#marker.require({ signal: o.signal });
    throw new AppError('not_found', what);
  }
}
