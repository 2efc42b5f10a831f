import { setMaxListeners } from 'node:events';
import { cancelled } from './watchdog.ts';

/** A signal of our own that follows the caller's, with one listener there however many wait here. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Stops following; must be called when the work is over. */
  unlink(): void;
}

/** The caller's abort arrives as an AppError: its own reason, or `cancelled`. */
export function linkAbort(outer: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const onAbort = (): void => controller.abort(cancelled(outer));
  if (outer.aborted) onAbort();
  else outer.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => outer.removeEventListener('abort', onAbort),
  };
}
