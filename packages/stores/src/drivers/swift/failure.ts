import { AppError, type ErrorCode } from '@parallax/core';
import type { HttpAnswer, HttpCaller } from '../../wire/http-caller.ts';

/** Swift's own words for "too fast" (rate limit middleware), beside 429. */
const RATE_LIMITED: ReadonlySet<number> = new Set([429, 498]);
const DEFAULT_RETRY_MS = 5000;

/** The port's word for a status nobody expected. Ends the answer. */
export async function refusalFrom(
  caller: HttpCaller,
  answer: HttpAnswer,
  doing: string,
): Promise<AppError> {
  const { status } = answer;
  if (RATE_LIMITED.has(status)) {
    await caller.end(answer);
    const seconds = Number(answer.headers['retry-after']);
    return new AppError('unavailable', `swift ${doing}: too many requests`, {
      context: { status },
      retryAfterMs: seconds > 0 ? seconds * 1000 : DEFAULT_RETRY_MS,
    });
  }
  const refusal = await caller.refusal(answer, doing);
  if (status === 422) return refusedAs(refusal, 'integrity_mismatch', refusal.message);
  if (status === 403) {
    return refusedAs(refusal, 'store_failed', `swift ${doing}: this service lacks the right`);
  }
  return refusal;
}

export function refusedAs({ context }: AppError, code: ErrorCode, message: string): AppError {
  return new AppError(code, message, { context });
}

export function absent(): AppError {
  return new AppError('not_found', 'no such blob');
}
