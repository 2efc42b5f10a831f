import { constants } from 'node:os';
import { AppError, type ErrorCode } from '@parallax/core';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not_found',
  // A link or a folder where a blob should be is no blob of ours.
  ELOOP: 'not_found',
  ENOTDIR: 'not_found',
  EISDIR: 'not_found',
  EEXIST: 'conflict',
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
  ENAMETOOLONG: 'invalid_request',
  // The place behind the root is away, not the blob.
  ESTALE: 'unavailable',
  ENODEV: 'unavailable',
  ENXIO: 'unavailable',
  ENOTCONN: 'unavailable',
  EHOSTDOWN: 'unavailable',
  ETIMEDOUT: 'unavailable',
  // So is the process, for a while.
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
};

// libuv has no name for these: their code reads "Unknown system error -122".
const UNNAMED: ReadonlyMap<unknown, string> = new Map([
  [-constants.errno.EDQUOT, 'EDQUOT'],
  [-constants.errno.ESTALE, 'ESTALE'],
]);

const MESSAGES: Readonly<Partial<Record<ErrorCode, string>>> = {
  not_found: 'no such blob',
  conflict: 'the key exists',
  no_space: 'the store is full',
  invalid_request: 'the key is too long',
  unavailable: 'the store is not reachable',
};

/** The port's word for an error of a file system call. An AppError passes as it is. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const errno = errnoOf(error);
  const code = (errno === undefined ? undefined : CODES[errno]) ?? 'store_failed';
  return new AppError(code, MESSAGES[code] ?? 'the store could not do it', {
    cause: error,
    context: errno === undefined ? {} : { errno },
  });
}

/** For `.catch`: rejects with the port's word. */
export function rethrow(error: unknown): never {
  throw toAppError(error);
}

/** `ENOENT` and its like, when `error` comes from a system call. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const unnamed = 'errno' in error ? UNNAMED.get(error.errno) : undefined;
  return unnamed ?? (typeof error.code === 'string' ? error.code : undefined);
}
