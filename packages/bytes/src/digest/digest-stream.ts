import type { Slot } from '../slots.ts';

/** Digests of a whole stream, as Glance names them. */
export interface Digests {
  readonly md5: string;
  readonly sha512: string;
}

/** Digests of one stream. Slots are given in order and stay untouched until their `done`. */
export interface DigestStream {
  /** `done` is called exactly once, also when the digest failed. */
  update(slot: Slot, length: number, done: () => void): void;
  /** Rejects (`unavailable`) when a thread died. */
  finish(): Promise<Digests>;
  /** The result is not wanted any more. Idempotent. */
  drop(): void;
}

/** `onError` is told at once when the digest cannot succeed any more, so that a stream ends early. */
export interface DigestOptions {
  readonly onError: (error: Error) => void;
}

export type DigestAlgorithm = keyof Digests;
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = ['md5', 'sha512'];
