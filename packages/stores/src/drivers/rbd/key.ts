import { AppError } from '@parallax/core';
import { checkedKey } from '../../key.ts';

/** Objects of an image are found by its name with this in front; RADOS takes names up to 2048 bytes. */
const MAX_NAME_BYTES = 1900;
const SESSION = /^[0-9a-f]{32}$/;
const HIDDEN = /^\.(.+)\.([0-9a-f]{32})\.part$/s;
// What separates pool, image and snapshot for every tool, what encodes, and control characters.
const ENCODED = /[/@%\p{Cc}]/gu;

/** The blob's image. `invalid_request` for a key that has none. */
export function imageName(key: string): string {
  const name = checkedKey(key).replace(ENCODED, encodeURIComponent).replace(/^\./, '%2E');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new AppError('invalid_request', 'the key is too long');
  }
  return name;
}

/** The key whose image has that name; undefined when none can. */
export function keyOfName(name: string): string | undefined {
  try {
    const key = decodeURIComponent(name);
    return imageName(key) === name ? key : undefined;
  } catch (error) {
    if (error instanceof URIError || error instanceof AppError) return undefined;
    throw error;
  }
}

/** Names of unfinished writes of the key begin so; those of other keys may too. */
export function hiddenPrefix(key: string): string {
  return `.${imageName(key)}.`;
}

/** The unfinished write `session` of the key: no key has such a name. */
export function hiddenName(key: string, session: string): string {
  return `${hiddenPrefix(key)}${session}.part`;
}

export function parseHiddenName(
  name: string,
): { readonly key: string; readonly session: string } | undefined {
  const [, blob = '', session = ''] = HIDDEN.exec(name) ?? [];
  const key = keyOfName(blob);
  return key === undefined ? undefined : { key, session };
}

export function isSession(session: string): boolean {
  return SESSION.test(session);
}
