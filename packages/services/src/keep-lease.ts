import { AppError, type Deployment } from '@parallax/core';

export interface KeptLease {
  /** Aborted (with `lease_lost`) as soon as a renewal was refused, or when the lease would have ended unrenewed; also when the parent is. */
  readonly signal: AbortSignal;
  stop(): Promise<void>;
}

/** Renews three times per lease. `renew` answers false when somebody else holds the row. */
export function keepLease(
  ctx: Deployment & { readonly signal: AbortSignal },
  renew: () => Promise<boolean>,
): KeptLease {
  const lost = new AbortController();
  const { leaseMs } = ctx.timers;
  let goodUntil = performance.now() + leaseMs;
  let running: Promise<void> | undefined;
  const beat = async (): Promise<void> => {
    const asked = performance.now();
    try {
      if (await renew()) goodUntil = asked + leaseMs;
      else lost.abort(new AppError('lease_lost', 'somebody else holds the row now'));
    } catch (error) {
      // Postgres may be back before the lease ends; after that another process may take the row.
      if (performance.now() > goodUntil)
        lost.abort(new AppError('lease_lost', undefined, { cause: error }));
      else ctx.log.warn({ err: error }, 'lease not renewed yet');
    }
  };
  const timer = setInterval(() => {
    running ??= beat().finally(() => {
      running = undefined;
    });
  }, leaseMs / 3);
  return {
    signal: AbortSignal.any([ctx.signal, lost.signal]),
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
