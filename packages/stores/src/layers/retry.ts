import { isAppError, type StoreLayer } from '@parallax/core';
import { type CallFacts, type StoreCall, wrapStore } from './wrap-store.ts';

/**
 * Calls that do the same when they are made twice. Not among them: `begin` (a second unfinished write), `commit` and `copyFrom`
 * (create-only: the first may have won), `sync` (after a failed flush the bytes may be gone and the next one succeeds), `list` (a
 * generator that threw is at its end), reads of open blobs (another copy is nearer than a second try).
 */
const REPEATABLE: ReadonlySet<StoreCall> = new Set([
  'readIdentity',
  'stat',
  'open',
  'openAt',
  'resume',
  'remove',
  'describe',
  'presign',
  'freeBytes',
  'put',
  'parts',
]);

export interface RetryOptions {
  /** Tries of one call, the first included. Default 3. */
  readonly attempts?: number;
  /** Mean wait before the second try; it doubles with each. Default 100. */
  readonly waitMs?: number;
  /** From the first try; no other begins afterwards. Default 10 s. */
  readonly giveUpMs?: number;
}

/**
 * Makes calls again that may be made twice, after `unavailable` and no other code: `store_failed` is an answer, and after `stalled` the time is
 * spent and the call may still be at work with the caller's buffers.
 */
export function retryLayer(o: RetryOptions = {}): StoreLayer {
  const { attempts = 3, waitMs = 100, giveUpMs = 10_000 } = o;
  return wrapStore(() => ({
    call: (name, work, facts) => {
      if (!REPEATABLE.has(name) || facts?.inOrder === true) return work();
      const endsAt = performance.now() + giveUpMs;
      return again(work, facts, (error, tries) => {
        if (tries >= attempts || !isAppError(error, 'unavailable')) return undefined;
        // Half to one and a half times the mean: callers that failed together do not come again together.
        const jittered = waitMs * 2 ** (tries - 1) * (0.5 + Math.random());
        const ms = Math.max(jittered, error.retryAfterMs ?? 0);
        return performance.now() + ms < endsAt ? ms : undefined;
      });
    },
  }));
}

async function again<T>(
  work: () => Promise<T>,
  facts: CallFacts<T> | undefined,
  waitAfter: (error: unknown, tries: number) => number | undefined,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const ms = waitAfter(error, tries);
      if (ms === undefined || !(await waited(ms, facts?.signal))) throw error;
    }
  }
}

/** False as soon as the caller gives up: then the failure is the answer. */
function waited(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const done = (isOver: boolean) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancelled);
      resolve(isOver);
    };
    const cancelled = () => done(false);
    const timer = setTimeout(() => done(true), ms);
    signal?.addEventListener('abort', cancelled);
  });
}
