import { AppError } from '@parallax/core';

/** From a byte to an inclusive one or the end, or the last `suffix` bytes. */
export type RequestedRange =
  | { readonly first: number; readonly last?: number }
  | { readonly suffix: number };

/** Lies behind the end of every image: answered 416 with the image's size, if there is an image. */
const NOWHERE: RequestedRange = { first: Number.MAX_SAFE_INTEGER };

/**
 * `Range: bytes=a-b | a- | -n`, or Glance's old `Content-Range: bytes a-b/*` in a request. `invalid_request` for more than
 * one range. What cannot be read is no range of this image: 416 can only be told from 404 and 204 once it is looked up.
 */
export function parseRange(
  range: string | undefined,
  contentRange: string | undefined,
): RequestedRange | undefined {
  if (range !== undefined) return parseRangeHeader(range);
  if (contentRange !== undefined) return parseContentRange(contentRange);
  return undefined;
}

function parseRangeHeader(header: string): RequestedRange {
  if (header.includes(',')) {
    throw new AppError(
      'invalid_request',
      'Requests with multiple ranges are not supported in Glance. You may make multiple single-range requests instead.',
    );
  }
  const spec = /^bytes[ \t]*=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header);
  if (spec === null) return NOWHERE;
  const [, first = '', last = ''] = spec;
  if (first === '') return last === '' ? NOWHERE : { suffix: toBytes(last) };
  return last === '' ? { first: toBytes(first) } : ordered(first, last);
}

function parseContentRange(header: string): RequestedRange {
  const spec = /^bytes[ \t]+(\d+)-(\d+)\/(?:\*|\d+)$/i.exec(header.trim());
  if (spec === null) return NOWHERE;
  const [, first = '', last = ''] = spec;
  return ordered(first, last);
}

function ordered(first: string, last: string): RequestedRange {
  const range = { first: toBytes(first), last: toBytes(last) };
  return range.last < range.first ? NOWHERE : range;
}

/** Positions no image can have are as good as the greatest safe one. */
function toBytes(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}
