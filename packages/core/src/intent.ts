import type { ImageId } from './image.ts';
import type { PartReceipt } from './store.ts';

/** Who works on a row, until when by the database's clock, and the number checked at every write. */
export interface Lease {
  readonly owner: string;
  readonly fence: number;
}

/** Written before the first byte goes to a store, so that no object is ever without a row; it is also the attempt. */
export interface Intent {
  readonly id: number;
  readonly imageId: ImageId;
  readonly storeId: string;
  readonly key: string;
  readonly session: string | null;
  readonly receipts: readonly PartReceipt[];
  readonly tagKey: Uint8Array | null;
  readonly transferId: number | null;
  /** Machine boot during which the ledger was written; see `design.md` §4, Copy. */
  readonly bootId: string | null;
}
