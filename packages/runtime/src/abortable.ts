import { toHttpError } from './http.ts';

/**
 * What `work` comes to, or the reason of `signal` as an AppError as soon as it is aborted. The work itself goes on:
 * for work that others wait for too. `what` says whom we wait for.
 */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    const give = (): void => reject(toHttpError(signal.reason, what));
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    stop = () => signal.removeEventListener('abort', give);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}
