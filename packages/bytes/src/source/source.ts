import type { BlobHandle, ByteRange, OpenOptions, ReasonCode } from '@parallax/core';

/** One copy that can be read: local, or in another region through a node there. */
export interface Source {
  readonly locationId: number;
  readonly storeId: string;
  /** Reads at any position inside `range`; handles over a stream are fast only when read in order. */
  open(range: ByteRange, o: OpenOptions): Promise<BlobHandle>;
}

/** A source that failed; it is not used again in the same read or copy. */
export interface BadSource {
  readonly source: Source;
  readonly reason: ReasonCode;
  readonly cause: unknown;
}
