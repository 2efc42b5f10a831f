import { AppError, isAppError, type ReasonCode } from '@parallax/core';
import type { BadSource, Source } from '../source/source.ts';

/** The sources of one read or copy: best first, and which of them failed. */
export class SourceSet {
  readonly #onBad: (bad: BadSource) => void;
  #alive: readonly Source[];
  #last: BadSource | undefined;

  constructor(sources: readonly Source[], onBad: (bad: BadSource) => void) {
    this.#alive = sources;
    this.#onBad = onBad;
  }

  isAlive(source: Source): boolean {
    return this.#alive.includes(source);
  }

  /** The best source, or for parallel readers one each. `unavailable` when none is left. */
  pick(reader = 0): Source {
    const source = this.#alive[reader % Math.max(1, this.#alive.length)];
    if (source !== undefined) return source;
    const reason = this.#last?.reason;
    const context = { reason: reason === 'digest_mismatch' ? 'source_corrupt' : reason };
    throw new AppError('unavailable', 'no good copy of the image can be read', {
      cause: this.#last?.cause,
      context: reason === undefined ? { reason: 'source_missing' } : context,
    });
  }

  /** Takes a source out and tells the caller, once. */
  drop(source: Source, cause: unknown): void {
    if (!this.isAlive(source)) return;
    this.#alive = this.#alive.filter((other) => other !== source);
    this.#last = { source, cause, reason: reasonOf(cause) };
    this.#onBad(this.#last);
  }
}

function reasonOf(cause: unknown): ReasonCode {
  if (isAppError(cause, 'integrity_mismatch')) {
    return cause.context['reason'] === 'size_mismatch' ? 'size_mismatch' : 'digest_mismatch';
  }
  if (isAppError(cause, 'not_found', 'gone')) return 'source_missing';
  if (isAppError(cause, 'range_not_satisfiable')) return 'size_mismatch';
  if (isAppError(cause, 'unavailable')) return 'store_down';
  return isAppError(cause, 'stalled') ? 'stalled' : 'store_failed';
}
