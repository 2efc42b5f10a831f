import { dirname, join } from 'node:path';
import { AppError } from '@parallax/core';

/** Room for the hidden form of a name inside the 255 bytes a file system gives. */
const MAX_NAME_BYTES = 255 - Buffer.byteLength(hiddenName('', '0'.repeat(32)));
const MAX_KEY_BYTES = 1024;
const SESSION = /^[0-9a-f]{32}$/;
const HIDDEN = /^\.(.+)\.([0-9a-f]{32})\.part$/s;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Where a key lives below its root. */
export interface Spot {
  readonly key: string;
  readonly name: string;
  readonly folder: string;
  readonly path: string;
  /** Folders between root and blob, outermost first. */
  readonly folders: readonly string[];
}

/** `invalid_request` for a key that could leave the root, meet a hidden file or not come back from a listing as it was. */
export function spotOf(root: string, key: string): Spot {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new AppError('invalid_request', `the key ${problem}`);
  const segments = key.split('/');
  const path = join(root, key);
  return {
    key,
    name: segments[segments.length - 1] ?? key,
    folder: dirname(path),
    path,
    folders: segments.slice(1).map((_, index) => join(root, ...segments.slice(0, index + 1))),
  };
}

export function isKey(key: string): boolean {
  return keyProblem(key) === undefined;
}

/** The unfinished write `session` of a blob `name`, in the folder where the blob will be: a link never crosses file systems. */
export function hiddenName(name: string, session: string): string {
  return `.${name}.${session}.part`;
}

export function parseHiddenName(
  name: string,
): { readonly name: string; readonly session: string } | undefined {
  const [, blob, session] = HIDDEN.exec(name) ?? [];
  return blob === undefined || session === undefined ? undefined : { name: blob, session };
}

export function isSession(session: string): boolean {
  return SESSION.test(session);
}

function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (key.includes('\0')) return 'has a NUL';
  if (LONE_SURROGATE.test(key)) return 'is not Unicode';
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment.startsWith('.')) return 'has a segment that starts with a dot';
    if (Buffer.byteLength(segment) > MAX_NAME_BYTES) {
      return `has a segment longer than ${MAX_NAME_BYTES} bytes`;
    }
  }
  return undefined;
}
