import { AppError, type BlobStat } from '@parallax/core';
import type { UrlAnswer } from '@parallax/runtime';

const BYTES_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;
const UNSATISFIED = /^bytes \*\/(\d+)$/;
/** Those after which the same request may succeed. */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const DEFAULT_RETRY_MS = 5000;

/** Which bytes of which size an answer with bytes has; the end is not included. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** Of a 200 or 206. `store_failed` when the server does not tell, or sends something else than the bytes of the blob. */
export function extentOf({ status, headers }: UrlAnswer): Extent {
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') throw badAnswer('sends encoded bytes although it was asked not to');
  if (status === 200) {
    const size = sizeIn(headers);
    if (size === undefined) throw badAnswer('does not tell the size');
    return { start: 0, end: size, size };
  }
  const found = BYTES_RANGE.exec(String(headers['content-range']));
  const [start = 0, last = 0, size = 0] = (found ?? []).slice(1).map(Number);
  const isSound = found !== null && start <= last && last < size && Number.isSafeInteger(size);
  if (!isSound) throw badAnswer('does not tell which bytes it sends');
  return { start, end: last + 1, size };
}

/** The size that a 416 tells. */
export function unsatisfiedSize({ headers }: UrlAnswer): number | undefined {
  const size = UNSATISFIED.exec(String(headers['content-range']))?.[1];
  return size === undefined ? undefined : Number(size);
}

export function sizeIn(headers: UrlAnswer['headers']): number | undefined {
  const text = headers['content-length'];
  if (typeof text !== 'string' || !/^\d+$/.test(text)) return undefined;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : undefined;
}

export function statOf(size: number, { headers }: UrlAnswer): BlobStat {
  const modifiedAt = new Date(String(headers['last-modified']));
  const { etag } = headers;
  return {
    size,
    ...(typeof etag === 'string' ? { etag } : {}),
    ...(Number.isNaN(modifiedAt.getTime()) ? {} : { modifiedAt }),
  };
}

/** The port's word for a status that brings no bytes. Nothing of the answer is told: whoever gave the URL must not read others by it. */
export function refusalOf({ status, headers }: UrlAnswer): AppError {
  const context = { status };
  if (status === 404 || status === 410) return new AppError('not_found', 'no such blob');
  if (!BUSY.has(status)) {
    return new AppError('store_failed', 'the server of the URL refuses', { context });
  }
  const seconds = Number(headers['retry-after']);
  return new AppError('unavailable', 'the server of the URL is busy or broken', {
    context,
    ...(status === 429 || status === 503
      ? { retryAfterMs: seconds > 0 ? seconds * 1000 : DEFAULT_RETRY_MS }
      : {}),
  });
}

export function badAnswer(what: string): AppError {
  return new AppError('store_failed', `the server of the URL ${what}`);
}

/** Lets go of an answer whose body nobody reads. */
export function drop({ body }: UrlAnswer): void {
  body.on('error', () => undefined).destroy();
}
