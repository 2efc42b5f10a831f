import type { Content, ManifestSlice } from '../content.ts';
import type { ImageId } from '../image.ts';
import type { Intent } from '../intent.ts';
import type { AskedBy, Location, Proof, ReasonCode } from '../location.ts';
import type { StoreFacts } from '../region.ts';
import type { PartReceipt } from '../store.ts';

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

/** The right to tell a store of an image whose bytes it holds. Read the image after the claim, never before. */
export interface DescribeClaim {
  readonly location: Location;
  readonly fence: number;
  /** Changes of the image that were known at the claim. */
  readonly wanted: number;
  /** Since the store was last told, this one included. */
  readonly tries: number;
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
  /** Locations in these stores whose store is to be told of the image, and that nobody tells right now. */
  dueForDescribe(stores: readonly string[], limit: number): Promise<readonly number[]>;
  /** Undefined when somebody else has it, or it is not due any more. */
  claimDescribe(id: number, ms: number): Promise<DescribeClaim | undefined>;
  /** Renews the claim's lease; false when somebody else has it. */
  keepDescribe(claim: DescribeClaim, ms: number): Promise<boolean>;
  /** The store knows what the image was at or after the claim; a change since then keeps it due. */
  described(claim: DescribeClaim): Promise<void>;
  /** It could not be told: due again after `ms`, or at once when the image has changed since the claim. */
  describeLater(claim: DescribeClaim, ms: number): Promise<void>;
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
