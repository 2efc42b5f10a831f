import {
  AppError,
  type BeginOptions,
  type BlobEntry,
  type BlobRead,
  type BlobStat,
  type BlobSubject,
  type BlobWriter,
  type CallOptions,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { clampRange } from '../../range.ts';
import { bodyOf, emptyBody } from './body.ts';
import type { GlanceClient } from './client.ts';
import { describeImage } from './describe.ts';
import { Identity } from './identity.ts';
import { checkedId, idFrom, urlOf } from './key.ts';
import { listImages } from './list.ts';
import { type GlanceRecord, SESSION_PROPERTY, STORE_PROPERTY, sizeOf, textOf } from './record.ts';
import { reserve } from './reserve.ts';
import { withdraw } from './withdraw.ts';
import { GlanceWriter } from './writer.ts';

export interface GlanceStoreOptions {
  readonly client: GlanceClient;
  readonly backend: string | undefined;
  readonly ownerMap: Readonly<Record<string, string>>;
}

/** A regional Glance: each key is an image there, of the same id. */
export class GlanceStore implements Store {
  readonly id: string;
  readonly kind = 'glance';
  readonly capabilities = {
    attemptKeys: false,
    evict: false,
    holes: false,
    serverSideCopy: false,
    presign: false,
    // The digest of the whole, which `commit` compares; receipts of parts have none.
    storedDigest: false,
    marker: true,
  } as const;
  readonly #o: GlanceStoreOptions;
  readonly #client: GlanceClient;
  readonly #identity: Identity;

  constructor(id: string, o: GlanceStoreOptions) {
    this.id = id;
    this.#o = o;
    this.#client = o.client;
    this.#identity = new Identity(o.client);
  }

  readIdentity({ signal }: CallOptions = {}): Promise<string | undefined> {
    return this.#identity.read(signal);
  }

  writeIdentity(uuid: string, { signal }: CallOptions = {}): Promise<void> {
    return this.#identity.write(uuid, signal);
  }

  async stat(key: string, { signal }: CallOptions = {}): Promise<BlobStat> {
    const record = await this.#find(key, signal);
    const size = record === undefined ? undefined : sizeOf(record);
    if (record === undefined || size === undefined) throw noBlob();
    const etag = textOf(record, 'os_hash_value');
    return { size, ...(etag === undefined ? {} : { etag }) };
  }

  async open(key: string, { range, signal }: ReadOptions = {}): Promise<BlobRead> {
    if (range !== undefined) clampRange(range, Number.MAX_SAFE_INTEGER);
    const found = await this.stat(key, { signal });
    const { start, end } = clampRange(range, found.size);
    if (start === end) return { ...found, body: emptyBody() };
    const headers = { range: `bytes=${start}-${end - 1}` };
    const part = start > 0 || end < found.size;
    const call = { method: 'GET', signal } as const;
    let answer = await this.#client.file(key, part ? { ...call, headers } : call);
    if (part && (answer.status === 400 || answer.status === 416)) {
      // Not every store of Glance reads ranges: then the bytes before are read and dropped.
      answer.body.resume();
      answer = await this.#client.file(key, call);
    }
    if (answer.status === 206) return { ...found, body: bodyOf(answer.body, 0, end - start) };
    if (answer.status === 200) return { ...found, body: bodyOf(answer.body, start, end - start) };
    if (answer.status === 204) throw noBlob();
    throw await this.#client.refusal(answer, 'download');
  }

  async begin(key: string, { size, subject, signal }: BeginOptions = {}): Promise<BlobWriter> {
    const id = checkedId(key);
    throwIfCancelled(signal);
    if (subject === undefined) throw new AppError('internal', 'a glance store needs the image');
    const placeholder = await reserve(this.#client, id, {
      uuid: await this.#identity.require(signal),
      ownerMap: this.#o.ownerMap,
      subject,
      size,
      signal,
    });
    return this.#writer(id, { ...placeholder, size, subject });
  }

  /** A PUT cannot go on: only one whose bytes all arrived is found again. */
  async resume(key: string, session: string, { signal }: CallOptions = {}): Promise<BlobWriter> {
    const record = await this.#find(key, signal);
    const isOurs = record !== undefined && (await this.#owns(record, signal));
    if (!isOurs || sizeOf(record) === undefined || record[SESSION_PROPERTY] !== session) {
      throw new AppError('not_found', 'no such write');
    }
    return this.#writer(key, { session, size: undefined, isWhole: true, subject: undefined });
  }

  /** Burns the id there: for images that are deleted here. What is not ours stays. */
  async remove(key: string, { signal }: CallOptions = {}): Promise<void> {
    const record = await this.#find(key, signal);
    if (record === undefined || !(await this.#owns(record, signal))) return;
    await withdraw(this.#client, record, signal);
  }

  async *list(
    o: { readonly prefix?: string; readonly after?: string } & CallOptions = {},
  ): AsyncGenerator<BlobEntry> {
    yield* listImages(this.#client, await this.#identity.require(o.signal), o);
  }

  async describe(key: string, subject: BlobSubject, { signal }: CallOptions = {}): Promise<void> {
    const record = await this.#find(key, signal);
    if (record === undefined || !(await this.#owns(record, signal))) throw noBlob();
    await describeImage(this.#client, record, { subject, map: this.#o.ownerMap, signal });
  }

  toUrl(key: string): string {
    return urlOf(this.id, key);
  }

  fromUrl(url: string): string | undefined {
    return idFrom(this.id, url);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #find(key: string, signal: AbortSignal | undefined): Promise<GlanceRecord | undefined> {
    return this.#client.find(checkedId(key), signal);
  }

  async #owns(record: GlanceRecord, signal: AbortSignal | undefined): Promise<boolean> {
    return record[STORE_PROPERTY] === (await this.#identity.require(signal));
  }

  #writer(
    id: string,
    o: {
      readonly session: string;
      readonly size: number | undefined;
      readonly isWhole: boolean;
      readonly subject: BlobSubject | undefined;
    },
  ): BlobWriter {
    const { subject, ...rest } = o;
    const describe = async (call: CallOptions) => {
      if (subject !== undefined) await this.describe(id, subject, call);
    };
    return new GlanceWriter({
      ...rest,
      id,
      client: this.#client,
      backend: this.#o.backend,
      describe,
    });
  }
}

function noBlob(): AppError {
  return new AppError('not_found', 'no such image there');
}
