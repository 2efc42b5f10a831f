import type { Proof, Waiting } from '../proofs.ts';

/** What a user of Glance can do, and the test that proves it here; or what it waits for. */
export interface Feature {
  readonly capability: string;
  /** How much it matters: everyday use, everything Glance has, or what old clients need. */
  readonly mark: 'core' | 'full' | 'legacy';
  readonly proof: Proof | Waiting;
}
