import type { Slot } from '../slots.ts';

/** A slot's bytes on their way to one sink. */
export interface Filled {
  readonly slot: Slot;
  /** View of the filled part of the slot. */
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Every byte is zero. */
  readonly zero: boolean;
  /** Must be called exactly once, when the sink does not look at the bytes any more. */
  readonly release: () => void;
}

/** Where received bytes go. Slots come in order; holding them back is what slows the sender down. */
export interface SlotSink {
  accept(filled: Filled): void;
  /** Nothing more comes; resolves when everything accepted is done. */
  finish(): Promise<void>;
  /** Somebody failed: releases what has not begun. What has begun releases when it ends. */
  cancel(): void;
}

/** What a sink needs from the stream it belongs to. */
export interface SinkContext {
  readonly signal: AbortSignal;
  /** The first error ends the stream. */
  readonly fail: (error: unknown) => void;
  /** A call begins that tells nothing for long: the watchdog shall wait `ms` more. */
  readonly allow: (ms: number) => void;
}
