import type { ImageId } from './image.ts';

/** How we know that a location holds its content, weakest first (design §4). */
export const PROOFS = ['none', 'sent', 'stored', 'read'] as const;
export type Proof = (typeof PROOFS)[number];

export const ASKED_BY = ['upload', 'request', 'policy', 'read', 'reference', 'adopted'] as const;
export type AskedBy = (typeof ASKED_BY)[number];

/** `active` is routed; `suspect` is read only when nothing else is left, until it is verified; `deleting` waits for its object to go. */
export type LocationState = 'active' | 'suspect' | 'deleting';

/** One copy of one content in one store. */
export interface Location {
  readonly id: number;
  readonly imageId: ImageId;
  readonly storeId: string;
  readonly key: string;
  readonly state: LocationState;
  readonly proof: Proof;
  readonly provedAt: Date | null;
  readonly askedBy: AskedBy;
  readonly purpose: 'copy' | 'cache';
  /** Why the location is suspect or deleting. */
  readonly reason: ReasonCode | null;
  readonly createdAt: Date;
}

export function proofAtLeast(proof: Proof, least: Proof): boolean {
  return PROOFS.indexOf(proof) >= PROOFS.indexOf(least);
}

/** Closed list of why something waits, failed or is not there; each with what an operator can do. */
export const REASONS = {
  already_there: 'nothing to do: the store holds a proved copy',
  attempts_exhausted: 'look at the detail of the last attempt, then retry the transfer',
  cancelled: 'somebody cancelled it; request the copy again if it is wanted',
  digest_mismatch: 'the bytes read differ from the content; the copy is replaced from a good one',
  dest_conflict: 'another object has this key; nothing was overwritten',
  evicted: 'the copy was evicted and is held back; copy it by request to lift the hold',
  held: 'an evict left a hold on this store; copy it by request to lift the hold',
  id_burned:
    'the image was deleted in that Glance, and its id with it; purge its database there, then copy by request',
  image_deleted: 'the image was deleted',
  lease_lost: 'the worker was too slow or died; another one goes on',
  no_route: 'no node of the source region can be reached; start a gateway or worker there',
  no_space: 'the store is full; free space or choose another store',
  no_store: 'the region has no store that is up and writable',
  policy: 'a policy asks for this copy',
  request: 'a user asked for this copy',
  size_mismatch: 'the store holds another number of bytes than it acknowledged',
  source_corrupt: 'every source copy gave wrong bytes; restore the image',
  source_missing: 'no routable copy exists to read from; bring a store back or upload again',
  stalled: 'no progress within the watchdog time; the transfer is tried again',
  store_down: 'the store is down; see its reason in `parallax status`',
  store_failed: 'the store answered with an error; see the detail',
  store_read_only: 'the store takes no new objects; choose another store',
  superseded: 'the image was deleted or the copy is no longer wanted',
  suspect: 'a read found the copy wrong or missing; it is being verified',
  task_failed: 'another store of the same import failed and all had to succeed',
} as const;
export type ReasonCode = keyof typeof REASONS;
