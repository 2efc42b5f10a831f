import type { BlobWriter, Content, Image, Intent, Lease, Store, Transfer } from '@parallax/core';

/** What one attempt holds on to, for its end. */
export interface Attempt {
  readonly transfer: Transfer;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  writer: BlobWriter | undefined;
  intent: Intent | undefined;
}

/** What goes where. */
export interface Move {
  readonly content: Content;
  readonly store: Store;
  readonly image: Image;
}
