import type { ImageId } from '../image.ts';
import type { Lease } from '../intent.ts';
import type { ReasonCode } from '../location.ts';
import type { NewTransfer, Transfer, TransferState } from '../transfer.ts';

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
