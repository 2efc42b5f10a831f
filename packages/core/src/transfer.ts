import type { ImageId } from './image.ts';
import type { AskedBy, ReasonCode } from './location.ts';

/** `waiting` has a reason and a next time; `cancelling` is running and was told to stop. */
export type TransferState =
  | 'queued'
  | 'running'
  | 'waiting'
  | 'cancelling'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'superseded';
export const LIVE_TRANSFER_STATES = ['queued', 'running', 'waiting', 'cancelling'] as const;

export type TransferClass = 'interactive' | 'boot' | 'policy' | 'repair' | 'scrub';

/** Moving one content to one store; at most one is live per (content, store). */
export interface Transfer {
  readonly id: number;
  readonly imageId: ImageId;
  readonly storeId: string;
  readonly askedBy: AskedBy;
  readonly class: TransferClass;
  readonly state: TransferState;
  readonly reason: ReasonCode | null;
  readonly detail: string | null;
  readonly attempts: number;
  readonly bytesTotal: number;
  readonly bytesDone: number;
  /** One bit per chunk that is durably written. */
  readonly ledger: Uint8Array | null;
  readonly intentId: number | null;
  readonly taskId: string | null;
  readonly fence: number;
  /** W3C traceparent of the request or pass that asked for it. */
  readonly trace: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface NewTransfer {
  readonly imageId: ImageId;
  readonly storeId: string;
  readonly askedBy: AskedBy;
  readonly class: TransferClass;
  readonly taskId?: string | undefined;
  readonly trace?: string | undefined;
}

/** Milliseconds before attempt `attempts + 1`: doubles from 1 s to 5 min; `random` in [0, 1) spreads it by ±25 %. */
export function retryDelayMs(attempts: number, random: number): number {
  const base = Math.min(1000 * 2 ** Math.max(0, attempts - 1), 300_000);
  return Math.round(base * (0.75 + random / 2));
}

/** A transfer that keeps failing is given up after so many attempts. */
export const MAX_ATTEMPTS = 10;
