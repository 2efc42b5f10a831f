import { randomBytes } from 'node:crypto';
import {
  AppError,
  type BeginOptions,
  type BlobEntry,
  type BlobRead,
  type BlobStat,
  type BlobSubject,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import { checkRange } from '../../range.ts';
import { accessList } from './access-list.ts';
import { type SwiftClient, urlOf } from './client.ts';
import type { SwiftConfig } from './config.ts';
import { copySegments, segmentsOf } from './copy.ts';
import { absent } from './failure.ts';
import { type BlobSpot, isSession, Names } from './key.ts';
import {
  type Cut,
  cutOf,
  cutText,
  layoutOf,
  parseCut,
  type SloLimits,
  sloLimits,
} from './layout.ts';
import { type ListOptions, listBlobs, sessionsOf } from './list.ts';
import { accountOf, locationUrl, parseLocation } from './location.ts';
import { readMarker, requirePlace, writeMarker } from './marker.ts';
import { CUT_HEADER, deleteObject, findObject } from './objects.ts';
import { openObject } from './open.ts';
import { OwnedContainers, ownerAccount, resellerPrefix, touch } from './owned.ts';
import { removeBlob } from './remove.ts';
import { deleteSegments } from './segments.ts';
import { temporaryUrl } from './temp-url.ts';
import { SwiftWriter } from './writer.ts';

export interface SwiftStoreOptions {
  readonly client: SwiftClient;
  readonly config: SwiftConfig;
  /** Of the account, when it is known without asking. */
  readonly storageUrl: string | undefined;
  readonly tempUrlKey: string | undefined;
}

/** Blobs as static large objects, whose segments lie in a container of their own. */
export class SwiftStore implements Store {
  readonly id: string;
  readonly kind = 'swift';
  readonly capabilities;
  /** Multi-tenant only: elsewhere no container belongs to an image. */
  readonly describe?: NonNullable<Store['describe']>;
  readonly #client: SwiftClient;
  readonly #config: SwiftConfig;
  readonly #names: Names;
  readonly #owned: OwnedContainers;
  readonly #tempUrlKey: string | undefined;
  #storageUrl: string | undefined;
  #limits: SloLimits | undefined;

  constructor(id: string, o: SwiftStoreOptions) {
    this.id = id;
    this.#client = o.client;
    this.#config = o.config;
    this.#names = new Names(o.config);
    this.#owned = new OwnedContainers(o.client, this.#names);
    this.#storageUrl = o.storageUrl;
    this.#tempUrlKey = o.tempUrlKey;
    this.capabilities = {
      attemptKeys: true,
      evict: true,
      holes: false,
      serverSideCopy: true,
      presign: o.tempUrlKey !== undefined,
      storedDigest: true,
      marker: true,
    };
    if (this.#names.isMultiTenant) {
      this.describe = (key, subject, call) => this.#setAccess(key, subject, call);
    }
  }

  async readIdentity(o: CallOptions = {}): Promise<string | undefined> {
    throwIfCancelled(o.signal);
    return readMarker(this.#client, this.#names, o);
  }

  async writeIdentity(uuid: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    const create = this.#config.create_container ?? true;
    await writeMarker(this.#client, { ...o, names: this.#names, uuid, create });
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    const { blob } = await this.#spot(key, o);
    const found = await findObject(this.#client, blob, { ...o, newest: true });
    if (found === undefined) return this.#absent(o);
    const { size, etag, modifiedAt } = found;
    return { size, etag, ...(modifiedAt === undefined ? {} : { modifiedAt }) };
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    checkRange(o.range ?? { start: 0 });
    const { blob } = await this.#spot(key, o);
    return (await openObject(this.#client, blob, o)) ?? this.#absent(o);
  }

  async begin(key: string, o: BeginOptions = {}): Promise<BlobWriter> {
    const spot = await this.#spot(key, o);
    const [found, limits] = await Promise.all([
      findObject(this.#client, spot.blob, { ...o, newest: true }),
      this.#sloLimits(o),
      requirePlace(this.#client, this.#names, o),
    ]);
    if (found !== undefined) throw new AppError('conflict', 'the key exists');
    const session = randomBytes(16).toString('hex');
    const cut = cutOf(o.size, limits, this.#config.segment_size);
    const headers = { [CUT_HEADER]: cutText(cut) };
    await touch(this.#client, this.#names.unfinished(key, session), { ...o, headers });
    await this.#owned.make(spot, o);
    return this.#writer(spot, session, cut);
  }

  async resume(key: string, session: string, o: CallOptions = {}): Promise<BlobWriter> {
    const spot = await this.#spot(key, o);
    await requirePlace(this.#client, this.#names, o);
    const unfinished = this.#names.unfinished(key, session);
    const found = isSession(session)
      ? await findObject(this.#client, unfinished, { ...o, newest: true })
      : undefined;
    if (found === undefined) throw new AppError('not_found', 'no such unfinished write');
    const cut = parseCut(found.cut);
    if (cut === undefined) throw new AppError('store_failed', 'the unfinished write is damaged');
    return this.#writer(spot, session, cut);
  }

  async remove(key: string, o: CallOptions = {}): Promise<void> {
    const spot = await this.#spot(key, o);
    await requirePlace(this.#client, this.#names, o);
    await removeBlob(this.#client, spot, o);
    await deleteSegments(this.#client, spot, o);
    await this.#owned.drop(spot, o);
    for (const session of await sessionsOf(this.#listed(), key, o)) {
      await deleteObject(this.#client, this.#names.unfinished(key, session), o);
    }
  }

  async *list(o: ListOptions = {}): AsyncGenerator<BlobEntry> {
    throwIfCancelled(o.signal);
    await this.#know(o);
    await requirePlace(this.#client, this.#names, o);
    yield* listBlobs(this.#listed(), o);
    // Containers that went away in the meantime would look like ones that hold less.
    await requirePlace(this.#client, this.#names, o);
  }

  async copyFrom(key: string, url: string, o: CallOptions = {}): Promise<BlobWritten | undefined> {
    const spot = await this.#spot(key, o);
    const from = parseLocation(await this.#know(o), url);
    const segments = from && (await segmentsOf(this.#client, from, o));
    if (segments === undefined) return undefined;
    const writer = await this.begin(key, o);
    return copySegments(this.#client, { ...o, segments, writer, spot });
  }

  /** A temporary URL (middleware `tempurl`), signed with the account's key. */
  async presign(key: string, ttlSeconds: number): Promise<URL> {
    const { blob } = await this.#spot(key, {});
    if (this.#tempUrlKey === undefined) {
      throw new AppError('not_implemented', 'temporary URLs are off');
    }
    return temporaryUrl(urlOf(await this.#know({}), blob), { key: this.#tempUrlKey, ttlSeconds });
  }

  toUrl(key: string): string {
    const storageUrl = this.#storageUrl;
    const { blob } = this.#names.spot(key, (owner) => ownerAccount(storageUrl ?? '', owner));
    // Glance's form for a store known by name; in force until the account's URL is known.
    if (storageUrl === undefined) {
      return urlOf(`swift+config://${this.id}`, { container: this.#names.container, object: key });
    }
    return locationUrl(storageUrl, blob);
  }

  fromUrl(url: string): string | undefined {
    const named = `swift+config://${this.id}/${encodeURIComponent(this.#names.container)}/`;
    if (url.startsWith(named)) return this.#keyOrNone(decoded(url.slice(named.length)));
    const at = this.#storageUrl && parseLocation(this.#storageUrl, url);
    if (!at || this.#storageUrl === undefined) return undefined;
    const own = accountOf(this.#storageUrl);
    if (!this.#names.isMultiTenant) {
      const isOurs = at.account === own && at.container === this.#names.container;
      return isOurs ? this.#keyOrNone(at.object) : undefined;
    }
    const lead = resellerPrefix(this.#storageUrl);
    const key = this.#keyOrNone(`${at.account.slice(lead.length)}/${at.object}`);
    return key !== undefined && this.toUrl(key) === url ? key : undefined;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #keyOrNone(key: string | undefined): string | undefined {
    return key !== undefined && this.#names.isKey(key) ? key : undefined;
  }

  #writer(spot: BlobSpot, session: string, cut: Cut): SwiftWriter {
    const unfinished = this.#names.unfinished(spot.key, session);
    const dropped = () => this.#owned.drop(spot, {});
    const layout = layoutOf(cut);
    return new SwiftWriter({ client: this.#client, spot, session, unfinished, layout, dropped });
  }

  #listed() {
    const account = (owner: string) => ownerAccount(this.#storageUrl ?? '', owner);
    return { client: this.#client, names: this.#names, accountOf: account };
  }

  /** Members and visibility as access list of the blob's container. */
  async #setAccess(key: string, subject: BlobSubject, o: CallOptions = {}): Promise<void> {
    const { blob } = await this.#spot(key, o);
    const headers = accessList(subject, {
      admins: this.#config.admin_tenants ?? [],
      form: this.#config.auth_version ?? 'v3',
    });
    const at = { account: blob.account, container: blob.container };
    const call = { method: 'POST', at, headers, signal: o.signal } as const;
    await this.#client.ask(call, 'setting an access list', [201, 202, 204]);
  }

  /** The place of a key, checked; in a multi-tenant store its account follows from the key. */
  async #spot(key: string, o: CallOptions): Promise<BlobSpot> {
    throwIfCancelled(o.signal);
    // Hostile keys are refused before anybody is asked.
    this.#names.spot(key, () => '');
    const storageUrl = await this.#know(o);
    return this.#names.spot(key, (owner) => ownerAccount(storageUrl, owner));
  }

  async #know(o: CallOptions): Promise<string> {
    this.#storageUrl ??= (await this.#client.access(o.signal)).storageUrl;
    return this.#storageUrl;
  }

  async #sloLimits(o: CallOptions): Promise<SloLimits> {
    this.#limits ??= sloLimits(await this.#client.limits(o.signal));
    return this.#limits;
  }

  /** Nothing there means that there is no blob only while the place is there. */
  async #absent(o: CallOptions): Promise<never> {
    await requirePlace(this.#client, this.#names, o);
    throw absent();
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
