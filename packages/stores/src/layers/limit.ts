import type { StoreLayer } from '@parallax/core';
import { type StoreCall, wrapStore } from './wrap-store.ts';

/** Calls that end something: they must not queue behind what they end. */
const FREE_CALLS: ReadonlySet<StoreCall> = new Set(['close', 'abort', 'detach']);

/**
 * At most `calls` calls of one store at a time; the others wait in order.
 * A call given up by an outer timeout keeps its place until it ends: a dead mount takes `calls` pool threads and no more.
 */
export function limitLayer(o: { readonly calls: number }): StoreLayer {
  return wrapStore(() => {
    const waiting: (() => void)[] = [];
    let running = 0;
    const leave = () => {
      const next = waiting.shift();
      // The place is handed on, so nobody can take it in between.
      if (next === undefined) running -= 1;
      else next();
    };
    const run = <T>(work: () => Promise<T>): Promise<T> => {
      const result = work();
      result.then(leave, leave);
      return result;
    };
    return {
      call: (name, work) => {
        if (FREE_CALLS.has(name)) return work();
        if (running < o.calls) {
          running += 1;
          return run(work);
        }
        return new Promise<void>((resolve) => waiting.push(resolve)).then(() => run(work));
      },
    };
  });
}
