import { AppError } from '@parallax/core';

const SURROGATES = /[\ud800-\udfff]/;

/** Text that Postgres cannot store. */
export function hasNul(text: string): boolean {
  return text.includes('\0');
}

/**
 * `invalid_request` for code points above U+FFFF and lone surrogates. Glance refuses them since MySQL could not hold them;
 * images are still copied to such clouds.
 */
export function refuseWideText(what: string, text: string): void {
  if (SURROGATES.test(text)) {
    throw new AppError('invalid_request', `${what} can't contain 4 byte unicode characters.`);
  }
}

/** A text of the request that may be stored or looked for. */
export function refuseNul(what: string, text: string): void {
  if (hasNul(text)) throw new AppError('invalid_request', `${what} can't contain NUL characters.`);
}
