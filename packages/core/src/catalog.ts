import type { Content, ManifestSlice } from './content.ts';
import type { Event, NewEvent } from './event.ts';
import type { Image, ImageId, ImagePatch, ImageStatus, NewImage } from './image.ts';
import type { MemberRepository } from './image-member.ts';
import type { Intent, Lease } from './intent.ts';
import type { AskedBy, Location, Proof, ReasonCode } from './location.ts';
import type { Policy } from './policy.ts';
import type { Node, StoreFacts, StoreState } from './region.ts';
import type { PartReceipt } from './store.ts';
import type { Task, TaskStatus } from './task.ts';
import type { NewTransfer, Transfer, TransferState } from './transfer.ts';

/**
 * Whose eyes. Required everywhere, so that no unscoped query can be written by accident.
 * `all` sees every image; with its project, lists include that project's own community images.
 */
export type Scope =
  | { readonly kind: 'all'; readonly projectId?: string }
  | { readonly kind: 'project'; readonly projectId: string };

export const SORT_KEYS = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface DateFilter {
  readonly op: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';
  readonly at: Date;
}
/** Columns with equality or a list of values. */
export type ColumnFilter = 'name' | 'id' | 'status' | 'container_format' | 'disk_format';

export type NumberColumn = 'size' | 'virtual_size' | 'min_disk' | 'min_ram';

/** One page of a list (glance-v2.md §2.4). All present filters must hold. */
export interface ImageQuery {
  readonly limit: number;
  /** Id of the last image of the page before. */
  readonly marker?: ImageId;
  readonly sort: readonly { readonly key: SortKey; readonly direction: 'asc' | 'desc' }[];
  readonly in?: Partial<Readonly<Record<ColumnFilter, readonly string[]>>>;
  readonly createdAt?: readonly DateFilter[];
  readonly updatedAt?: readonly DateFilter[];
  /** Bounds of numbers, inclusive. */
  readonly atLeast?: Partial<Readonly<Record<NumberColumn, number>>>;
  readonly atMost?: Partial<Readonly<Record<NumberColumn, number>>>;
  /** `all` lifts Glance's default rule that others' community images are not listed. */
  readonly visibility?: 'public' | 'private' | 'shared' | 'community' | 'all';
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly memberStatus?: 'pending' | 'accepted' | 'rejected' | 'all';
  readonly osHidden: boolean;
  readonly protected?: boolean;
  /** Exact equality on further columns, already of the column's type. */
  readonly equals?: Partial<
    Readonly<Record<'checksum' | 'os_hash_value' | 'os_hash_algo', string>>
  > &
    Partial<Readonly<Record<NumberColumn, number>>>;
  /** Equality on custom properties. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** How the record looks to the one who asks. */
export interface ImageView {
  /** Rank per store id, lower first: the order of `stores`. */
  readonly ranks: ReadonlyMap<string, number>;
}

export interface ImagePage {
  /** Text of a JSON array of Glance image records, built by Postgres. */
  readonly json: string;
  /** Id of the last record, when the page is full. */
  readonly next: ImageId | undefined;
}

/** `not_found` looks the same for a foreign, a deleted and an unknown image. */
export interface ImageRepository {
  /** `conflict` when the id is taken, or was ever used. Writes the event `image.create`. */
  insert(image: NewImage): Promise<Image>;
  /** Like `insert`, and returns the record as Glance's JSON. One round trip. */
  insertJson(image: NewImage, view: ImageView): Promise<string>;
  find(id: ImageId, scope: Scope): Promise<Image | undefined>;
  get(id: ImageId, scope: Scope): Promise<Image>;
  /** Glance's JSON of one image with the facts access rules look at. The hot statement. */
  findJson(
    id: ImageId,
    scope: Scope,
    view: ImageView,
  ): Promise<
    | {
        readonly json: string;
        readonly owner: string | null;
        readonly visibility: Image['visibility'];
      }
    | undefined
  >;
  /** `invalid_request` when the marker is unknown or not visible. */
  listJson(query: ImageQuery, scope: Scope, view: ImageView): Promise<ImagePage>;
  /** Locks the row until the transaction ends; only inside `transaction`. */
  lock(id: ImageId): Promise<Image | undefined>;
  /** Whole new values; updates `updated_at`, `revision`, `reconcile_at`; event `image.update`. Only on a locked row. */
  update(id: ImageId, patch: ImagePatch): Promise<Image>;
  /** Compare-and-set; `conflict` when the status is none of `from`. Entering `queued` clears size. */
  transition(id: ImageId, from: readonly ImageStatus[], to: ImageStatus): Promise<Image>;
  /** Compare-and-set to `saving` or `importing` with a new fence and a lease. `conflict` when another holds it. */
  takeForWriting(
    id: ImageId,
    from: readonly ImageStatus[],
    to: 'saving' | 'importing',
    lease: { readonly owner: string; readonly ms: number },
  ): Promise<Image>;
  /** Keeps the lease; false when the fence is old or the status changed (deleted, reaped). */
  renew(id: ImageId, lease: Lease, ms: number): Promise<boolean>;
  /** Back to `queued` by the holder of the fence after a failed upload; nothing when somebody else holds it. */
  release(id: ImageId, fence: number): Promise<void>;
  /** Soft delete: status, image_id's cause, locations to `deleting`, live transfers stopped, event. `conflict` when the status changed. */
  remove(id: ImageId, o: { readonly cause: string; readonly graceMs: number }): Promise<void>;
  /** `active` or `deactivated` → `pending_delete`: seen by nobody, copies kept for `delayMs`, live transfers stopped, event. `conflict` otherwise. */
  removeLater(id: ImageId, o: { readonly cause: string; readonly delayMs: number }): Promise<void>;
  /** `pending_delete` → what it was before; event. `conflict` in any other status, `not_found` for an id never used. */
  restore(id: ImageId): Promise<Image>;
  /** `pending_delete` rows whose time is over → `deleted`, their copies due for removal, event; returns their ids. */
  scrub(o: { readonly limit: number; readonly graceMs: number }): Promise<readonly ImageId[]>;
  /** Deletes all rows of images that were deleted so long ago and have no object left; the row that keeps the id from being used again stays. Returns how many. */
  purge(ageMs: number, limit: number): Promise<number>;
  /** Sets or (with null) removes Glance's `os_glance_*` bookkeeping; touches neither revision nor updated_at. */
  setBookkeeping(id: ImageId, values: Readonly<Record<string, string | null>>): Promise<void>;
  /** Images whose policies must be looked at, oldest first. */
  dueForReconcile(limit: number): Promise<readonly ImageId[]>;
  /** Moves the image's timer `ms` ahead, as a lease on looking at it; the token names that timer. Undefined when it is not due. */
  claimReconcile(id: ImageId, ms: number): Promise<string | undefined>;
  /** Clears the timer, unless the image was asked for anew since the token. */
  reconciled(id: ImageId, token: string): Promise<void>;
  /** The image shall be looked at in `delayMs` at the latest. */
  reconcileIn(id: ImageId, delayMs: number): Promise<void>;
  /** Every image shall be looked at: a policy or a store changed. */
  reconcileAll(): Promise<void>;
  /** `saving`/`importing` rows whose lease ended go back to `queued`; returns their ids. */
  reap(): Promise<readonly ImageId[]>;
}

export interface ContentRepository {
  find(imageId: ImageId): Promise<Content | undefined>;
  /**
   * Also fills the image record's size, checksum, os_hash and, when it is known, virtual size.
   * `conflict` when the image has content.
   */
  insert(
    content: Content,
    slices: readonly ManifestSlice[],
    virtualSize: number | null,
  ): Promise<void>;
  /** One slice of the manifest; `not_found`. */
  slice(imageId: ImageId, slice: number): Promise<ManifestSlice>;
  /** Other images with equal digest and size that have routable locations: sources for a copy. */
  twins(content: Content): Promise<readonly Content[]>;
}

export interface NewLocation {
  readonly imageId: ImageId;
  readonly storeId: string;
  readonly key: string;
  readonly proof: Proof;
  readonly askedBy: AskedBy;
  readonly purpose: 'copy' | 'cache';
}

export interface LocationRepository {
  get(id: number): Promise<Location>;
  /** Not `deleting`; `active` before `suspect`, then oldest first. */
  listFor(imageId: ImageId): Promise<readonly Location[]>;
  /** `conflict` when the store has a location of the image already. */
  insert(location: NewLocation): Promise<Location>;
  /** `active` → `suspect` with the reason, due for verification now; false when it was not active. */
  suspect(id: number, reason: ReasonCode): Promise<boolean>;
  /** Back to `active` with this proof. */
  proved(id: number, proof: Proof): Promise<void>;
  /** To `deleting`; its object goes after `graceMs`. `conflict` when it is the last one that is not deleting, unless `last` allows it. */
  unroute(
    id: number,
    o: { readonly reason: ReasonCode; readonly graceMs: number; readonly last?: boolean },
  ): Promise<void>;
  /** Suspect locations in these stores that nobody works on. */
  dueForVerify(stores: readonly string[], limit: number): Promise<readonly Location[]>;
  /** Lease on a suspect location, or its renewal by the same owner; undefined when somebody else has it or it is not suspect any more. */
  claimVerify(id: number, owner: string, ms: number): Promise<Location | undefined>;
  /** `deleting` rows of these stores that are due, leased to `owner`. */
  claimRemovals(
    stores: readonly string[],
    owner: string,
    ms: number,
    limit: number,
  ): Promise<readonly Location[]>;
  /** The object is gone: the row too. */
  forget(id: number): Promise<void>;
  /** The store was declared empty: all its rows go, images are due for reconcile; returns how many. */
  forgetStore(storeId: string): Promise<number>;
  /** A removal or verification waits so long and is not leased meanwhile (object in use, store down). */
  postpone(id: number, ms: number): Promise<void>;
}

export interface IntentRepository {
  /** Row and key for one attempt, leased to `owner`, before the first byte. */
  open(o: {
    readonly imageId: ImageId;
    readonly store: StoreFacts;
    readonly owner: string;
    readonly leaseMs: number;
    readonly tagKey?: Uint8Array;
    readonly transferId?: number;
  }): Promise<Intent>;
  get(id: number): Promise<Intent>;
  setSession(id: number, session: string, bootId: string): Promise<void>;
  setReceipts(id: number, receipts: readonly PartReceipt[]): Promise<void>;
  /** Keeps leases; false when one of the rows is gone or not the owner's. */
  renew(ids: readonly number[], owner: string, ms: number): Promise<boolean>;
  /** Publish: the object has a location now. `lease_lost` when a row is gone or not the owner's. */
  close(ids: readonly number[], owner: string): Promise<void>;
  /** The attempt failed and left nothing behind. */
  forget(id: number): Promise<void>;
  /** Gives up the lease, so that the sweep may take the object after its grace. */
  release(ids: readonly number[], owner: string): Promise<void>;
  /** Rows of these stores unleased for `graceMs` and not of a live transfer, leased to `owner`. */
  claimAbandoned(
    stores: readonly string[],
    owner: string,
    o: { readonly leaseMs: number; readonly graceMs: number; readonly limit: number },
  ): Promise<readonly Intent[]>;
}

export interface TransferQuery {
  readonly live?: boolean;
  readonly imageId?: ImageId;
  readonly storeId?: string;
  readonly after?: number;
  readonly limit: number;
}

export interface TransferRepository {
  /** New row, or the live one of the same (image, store): a request joins it and may raise its class and asked_by. Event `transfer.queued` for a new one. */
  request(transfer: NewTransfer): Promise<Transfer>;
  get(id: number): Promise<Transfer>;
  /** Newest first. */
  list(query: TransferQuery): Promise<readonly Transfer[]>;
  /** Due and unleased transfers into these stores, most urgent first. */
  due(stores: readonly string[], limit: number): Promise<readonly Transfer[]>;
  /** Lease with a new fence, state `running`; undefined when nothing is to be done or another holds it. */
  claim(id: number, owner: string, ms: number): Promise<Transfer | undefined>;
  /** Ledger and lease in one write; returns the state (so a cancel is heard) or undefined when the fence is old. */
  progress(
    id: number,
    lease: Lease,
    o: { readonly ms: number; readonly ledger?: Uint8Array; readonly bytesDone?: number },
  ): Promise<TransferState | undefined>;
  /** Binds the attempt's intent and leases it to the holder (null: start over, empty ledger). `lease_lost` when the fence is old. */
  bindIntent(id: number, lease: Lease, intentId: number | null): Promise<void>;
  /** Ends it, or lets it wait until `retryInMs` from now. `lease_lost` when the fence is old. */
  settle(
    id: number,
    lease: Lease,
    to: {
      readonly state: Exclude<TransferState, 'queued' | 'running' | 'cancelling'>;
      readonly reason?: ReasonCode;
      readonly detail?: string;
      readonly retryInMs?: number;
    },
  ): Promise<Transfer>;
  /** Running → `cancelling`, queued or waiting → `cancelled`; `conflict` when it has ended. */
  cancel(id: number): Promise<Transfer>;
  /** `cancelling` rows whose holder died → `cancelled`; returns them. */
  reapCancelled(): Promise<readonly Transfer[]>;
}

export interface StoreRepository {
  list(): Promise<readonly StoreFacts[]>;
  /** Adds what a node's configuration defines. `conflict` when kind, region or reach differ from the row. */
  define(store: Omit<StoreFacts, 'identity' | 'state' | 'stateReason'>): Promise<void>;
  /** First use: binds the uuid when none is bound; returns the bound one. */
  bindIdentity(id: string, uuid: string): Promise<string>;
  /** `down` → `accepting` with a new identity; true as well when it is accepting already, whose identity stays. */
  accept(id: string, identity: string): Promise<boolean>;
  /** Compare-and-set; false when the state is none of `from`. Event `store.up`/`store.down`. */
  setState(
    id: string,
    from: readonly StoreState[],
    to: StoreState,
    reason: string | null,
  ): Promise<boolean>;
}

export interface NodeRepository {
  /** Says "I am here"; the row expires after `ttlMs`. */
  beat(node: Node, ttlMs: number): Promise<void>;
  /** Nodes alive, the one heard of last first: a dead one is asked last until its row expires. */
  list(): Promise<readonly Node[]>;
  leave(id: string): Promise<void>;
}

export interface PolicyRepository {
  list(): Promise<readonly Policy[]>;
  put(policy: Policy): Promise<void>;
  /** Only into an empty table: what the configuration seeds. */
  seed(policies: readonly Policy[]): Promise<void>;
}

export interface HoldRepository {
  list(imageId: ImageId): Promise<readonly string[]>;
  put(imageId: ImageId, storeId: string, cause: string): Promise<void>;
  lift(imageId: ImageId, storeId: string): Promise<void>;
}

export interface TaskRepository {
  insert(task: Omit<Task, 'createdAt' | 'updatedAt' | 'expiresAt' | 'result'>): Promise<void>;
  find(id: string): Promise<Task | undefined>;
  listFor(imageId: ImageId): Promise<readonly Task[]>;
  finish(id: string, status: TaskStatus, message: string): Promise<void>;
  /** Tasks that have not ended, oldest first: their conclusion may have died with its worker. */
  unfinished(limit: number): Promise<readonly string[]>;
}

export interface EventRepository {
  append(event: NewEvent): Promise<void>;
  /** Numbers committed events; only one relay does at a time. Returns how many. */
  number(): Promise<number>;
  after(seq: number, limit: number): Promise<readonly Event[]>;
}

/** What `sweep --now` and `status` look at. */
export interface SweepRepository {
  /** Brings the timers of unleased intents and removals to now. */
  hurry(): Promise<void>;
  /** Rows that a sweep has still to deal with. */
  pending(): Promise<{
    readonly intents: number;
    readonly removals: number;
    readonly writing: number;
  }>;
}

/** Postgres, the only truth. Fails with `unavailable` when it cannot be reached. */
export interface Catalog {
  readonly images: ImageRepository;
  readonly members: MemberRepository;
  readonly contents: ContentRepository;
  readonly locations: LocationRepository;
  readonly intents: IntentRepository;
  readonly transfers: TransferRepository;
  readonly stores: StoreRepository;
  readonly nodes: NodeRepository;
  readonly policies: PolicyRepository;
  readonly holds: HoldRepository;
  readonly tasks: TaskRepository;
  readonly events: EventRepository;
  readonly sweeps: SweepRepository;
  /** A nested call joins the outer one. No bytes move while one is open. */
  transaction<T>(work: (tx: Catalog) => Promise<T>): Promise<T>;
  /** Cheap round trip on a connection of its own, for health. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
