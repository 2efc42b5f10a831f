import { AppError } from '@parallax/core';

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new AppError('cancelled', 'the caller gave up', { cause: signal.reason });
  }
}
