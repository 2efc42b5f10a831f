import type { Image, ImageId, ImagePatch, ImageStatus, NewImage } from '../image.ts';
import type { Lease } from '../intent.ts';
import type { ImagePage, ImageQuery, ImageView, Scope } from './image-query.ts';

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
