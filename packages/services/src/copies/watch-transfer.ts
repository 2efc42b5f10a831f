import { AppError, type Lease, type Transfer } from '@parallax/core';
import type { WorkerContext } from '../context.ts';

const HEARTBEAT_MS = 1_000;

export interface WatchedTransfer {
  /** Aborted by a cancel, a lost lease or the process's end. */
  readonly signal: AbortSignal;
  /** Why it was aborted: `cancelled` by somebody, or `lease_lost`. Undefined when it was not. */
  cause(): AppError | undefined;
  stop(): Promise<void>;
}

/** Renews the lease and hears a cancel within about a second, also while no chunk completes. */
export function watchTransfer(
  ctx: WorkerContext,
  transfer: Transfer,
  lease: Lease,
  parent: AbortSignal,
): WatchedTransfer {
  const stopped = new AbortController();
  const { leaseMs } = ctx.timers;
  let cause: AppError | undefined;
  let goodUntil = performance.now() + leaseMs;
  let running: Promise<void> | undefined;
  const end = (error: AppError): void => {
    cause ??= error;
    stopped.abort(error);
  };
  const beat = async (): Promise<void> => {
    const asked = performance.now();
    try {
      const state = await ctx.catalog.transfers.progress(transfer.id, lease, { ms: leaseMs });
      if (state === undefined) end(new AppError('lease_lost'));
      else if (state === 'cancelling') end(new AppError('cancelled'));
      else goodUntil = asked + leaseMs;
    } catch (error) {
      // Postgres may come back before the lease ends.
      if (performance.now() > goodUntil)
        end(new AppError('lease_lost', undefined, { cause: error }));
      else ctx.log.warn({ transferId: transfer.id, err: error }, 'lease not renewed yet');
    }
  };
  const timer = setInterval(
    () => {
      running ??= beat().finally(() => {
        running = undefined;
      });
    },
    Math.min(HEARTBEAT_MS, leaseMs / 3),
  );
  return {
    signal: AbortSignal.any([parent, stopped.signal]),
    cause: () => cause,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
