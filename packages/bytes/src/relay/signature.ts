import { createHmac, timingSafeEqual } from 'node:crypto';

export const AUTH_HEADER = 'x-parallax-internal';
/** Short, because a copied header could be replayed until then; long enough for clocks that differ a little. */
const VALID_SECONDS = 30;
const MOST_SECONDS = 60;

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** Value of the Range header; empty when there is none. */
  readonly range: string;
}

function hmac(key: string, expiry: number, { method, path, range }: SignedRequest): Buffer {
  return createHmac('sha256', key).update(`v1\n${method}\n${path}\n${range}\n${expiry}`).digest();
}

/** Value of the header that lets one node call another; `now` in milliseconds. */
export function sign(key: string, request: SignedRequest, now: number): string {
  const expiry = Math.floor(now / 1000) + VALID_SECONDS;
  return `v1 ${expiry} ${hmac(key, expiry, request).toString('hex')}`;
}

/** Whether `header` was made with `key` for this very request and is still valid. */
export function isSigned(
  key: string,
  request: SignedRequest,
  { header, now }: { readonly header: string | undefined; readonly now: number },
): boolean {
  const match = /^v1 (\d{1,12}) ([0-9a-f]{64})$/.exec(header ?? '');
  const [, seconds, hex] = match ?? [];
  if (seconds === undefined || hex === undefined) return false;
  const expiry = Number(seconds);
  const left = expiry - now / 1000;
  if (left <= 0 || left > MOST_SECONDS) return false;
  return timingSafeEqual(hmac(key, expiry, request), Buffer.from(hex, 'hex'));
}
