import { dirname, join } from 'node:path';
import { AppError } from '@parallax/core';
import { keyProblem } from '../../key.ts';

/** Room for the hidden form of a name inside the 255 bytes a file system gives. */
const MAX_NAME_BYTES = 255 - Buffer.byteLength(hiddenName('', '0'.repeat(32)));
const SESSION = /^[0-9a-f]{32}$/;
const HIDDEN = /^\.(.+)\.([0-9a-f]{32})\.part$/s;

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
  const problem = fileKeyProblem(key);
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
  return fileKeyProblem(key) === undefined;
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

function fileKeyProblem(key: string): string | undefined {
  const problem = keyProblem(key);
  if (problem !== undefined) return problem;
  for (const segment of key.split('/')) {
    if (segment.startsWith('.')) return 'has a segment that starts with a dot';
    if (Buffer.byteLength(segment) > MAX_NAME_BYTES) {
      return `has a segment longer than ${MAX_NAME_BYTES} bytes`;
    }
  }
  return undefined;
}
