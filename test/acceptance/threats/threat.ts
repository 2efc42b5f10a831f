import type { Proof } from '../proofs.ts';

/** An attack or a failure that somebody met, and the tests that show what it meets here. */
export interface Threat {
  /** Of the advisory (CVE, OSSA, OSSN), or the area of a pitfall without one. */
  readonly id: string;
  readonly threat: string;
  /** What is served here already. */
  readonly proofs: readonly Proof[];
  /** The part that this concerns, too, once it is there, and what it then has to prove. */
  readonly waitsFor?: string;
}
