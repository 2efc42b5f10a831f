import type { Event, NewEvent } from '../event.ts';
import type { ImageId } from '../image.ts';
import type { MemberRepository } from '../image-member.ts';
import type { Policy } from '../policy.ts';
import type { Node, StoreFacts, StoreState } from '../region.ts';
import type { Task, TaskStatus } from '../task.ts';
import type { ContentRepository, IntentRepository, LocationRepository } from './copies.ts';
import type { ImageRepository } from './images.ts';
import type { TransferRepository } from './transfers.ts';

export interface StoreRepository {
  list(): Promise<readonly StoreFacts[]>;
  /** Adds what a node's configuration defines. `conflict` when kind, region or reach differ from the row. */
  define(store: Omit<StoreFacts, 'identity' | 'state' | 'stateReason'>): Promise<void>;
  /** First use: binds the uuid when none is bound; returns the bound one. */
  bindIdentity(id: string, uuid: string): Promise<string>;
  /** The URL of the store's objects with `{key}` for the key; null: their URLs are not shown. */
  setLocationUrl(id: string, template: string | null): Promise<void>;
  /** The store keeps a record or an access list of each image: it is told of every change, and of all that it holds already. Idempotent. */
  setDescribes(id: string): Promise<void>;
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
