import { AppError, isAppError, type StoreLayer } from '@parallax/core';
import { watchBody } from '../watched-body.ts';
import { type StoreCall, wrapStore } from './wrap-store.ts';

/** They end something, here or in the store; kept back, they would leave it behind. */
const FREE_CALLS: ReadonlySet<StoreCall> = new Set(['close', 'abort', 'detach']);
/** They say whether the place is there, and who asks decides which store is up: they always pass. */
const PROBES: ReadonlySet<StoreCall> = new Set(['readIdentity', 'writeIdentity']);

export interface BreakerOptions {
  /** So many calls in a row that failed open it. Default 5. */
  readonly failures?: number;
  /** How long it stays open at first; twice as long after each probe that failed. Default 5 s. */
  readonly restMs?: number;
  /** At most so long. Default 60 s. */
  readonly longestRestMs?: number;
  /** Told when calls begin to fail at once, and when they no longer do. */
  readonly changed?: ((storeId: string, isOpen: boolean) => void) | undefined;
}

/**
 * Spares a store that is away, and those who would wait for it: after `failures` calls or bodies in a row that were `unavailable` or
 * `stalled`, all calls are `unavailable` at once, so that a reader takes another copy. After a rest one call goes through; if it gets an
 * answer, all do. Any other code is an answer: the store is there. A body that was opened is no answer before it has ended: a store that
 * gives the first bytes and then none would never be left alone. A kind without a place of its own (`http`) has no breaker, as each URL
 * is another server, and a dead one would shut out the rest.
 */
export function breakerLayer(o: BreakerOptions = {}): StoreLayer {
  return (inner) => {
    if (!inner.capabilities.marker) return inner;
    const breaker = new Breaker(inner.id, o);
    return wrapStore(() => ({
      call: (name, work) => breaker.call(name, work),
      body: (body) => watchBody(body, { ended: (error) => breaker.bodyEnded(error) }),
    }))(inner);
  };
}

class Breaker {
  readonly #storeId: string;
  readonly #failures: number;
  readonly #restMs: number;
  readonly #longestRestMs: number;
  readonly #changed: (storeId: string, isOpen: boolean) => void;
  /** In a row, while closed. */
  #failed = 0;
  /** Undefined: closed. */
  #open: { restMs: number; until: number; isProbing: boolean } | undefined;

  constructor(storeId: string, o: BreakerOptions) {
    this.#storeId = storeId;
    this.#failures = o.failures ?? 5;
    this.#restMs = o.restMs ?? 5000;
    this.#longestRestMs = o.longestRestMs ?? 60_000;
    this.#changed = o.changed ?? (() => {});
  }

  call<T>(name: StoreCall, work: () => Promise<T>): Promise<T> {
    if (FREE_CALLS.has(name)) return work();
    if (PROBES.has(name)) return this.#watched(work, (error) => this.#identityKnown(error));
    const isBody = name === 'open';
    if (this.#open === undefined) {
      return this.#watched(work, (error) => {
        if (error !== undefined || !isBody) this.#answered(error);
      });
    }
    const leftMs = this.#open.until - performance.now();
    if (leftMs > 0 || this.#open.isProbing) return Promise.reject(this.#refusal(leftMs));
    this.#open.isProbing = true;
    return this.#watched(work, (error) => this.#probed(error, isBody));
  }

  /** A body failed, or was read to its end. */
  bodyEnded(error: unknown): void {
    this.#answered(error);
  }

  #watched<T>(work: () => Promise<T>, seen: (error: unknown) => void): Promise<T> {
    const result = work();
    result.then(() => seen(undefined), seen);
    return result;
  }

  /** A call that began while closed. Calls that end late say nothing about what is now. */
  #answered(error: unknown): void {
    if (this.#open !== undefined || tellsNothing(error)) return;
    this.#failed = isFailure(error) ? this.#failed + 1 : 0;
    if (this.#failed < this.#failures) return;
    this.#rest(this.#restMs);
    this.#changed(this.#storeId, true);
  }

  #probed(error: unknown, isBody: boolean): void {
    if (this.#open === undefined) return;
    this.#open.isProbing = false;
    // A probe whose caller gave up leaves the next one to another.
    if (tellsNothing(error)) return;
    if (isFailure(error)) {
      this.#rest(Math.min(this.#open.restMs * 2, this.#longestRestMs));
      return;
    }
    this.#open = undefined;
    // What a body is worth shows only later: if it fails, the store is left alone again at once.
    this.#failed = isBody && error === undefined ? this.#failures - 1 : 0;
    this.#changed(this.#storeId, false);
  }

  /** That the place is there does not prove that bytes flow: it only brings the next probe forward, and resets no count. */
  #identityKnown(error: unknown): void {
    if (isFailure(error)) this.#answered(error);
    else if (error === undefined && this.#open !== undefined) this.#open.until = performance.now();
  }

  #rest(restMs: number): void {
    this.#open = { restMs, until: performance.now() + restMs, isProbing: false };
  }

  #refusal(leftMs: number): AppError {
    return new AppError('unavailable', 'the store failed and is left alone for now', {
      context: { storeId: this.#storeId },
      retryAfterMs: Math.ceil(Math.max(leftMs, 1000)),
    });
  }
}

function isFailure(error: unknown): boolean {
  return isAppError(error, 'unavailable', 'stalled');
}

/** Neither that the store is there nor that it is away. */
function tellsNothing(error: unknown): boolean {
  return error !== undefined && (!isAppError(error) || error.code === 'cancelled');
}
