import type { StoreFacts } from '../region.ts';

/** Who asks, for ordering. */
export interface ReadContext {
  /** The region the client is in: by listener, trusted header or address. */
  readonly clientRegion: string;
  /** Store ids of `?prefer=`, best first. */
  readonly prefer: readonly string[];
}

/** Orders stores for one asker. Pure, so the same answer orders rows in SQL and reads in the engine. */
export interface LocationStrategy {
  readonly name: string;
  /** Lower is better; equal ranks leave the order to the next strategy of the chain. */
  rank(store: StoreFacts, context: ReadContext): number;
}
