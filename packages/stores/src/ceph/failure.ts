import { constants } from 'node:os';
import { AppError, type ErrorCode, isAppError } from '@parallax/core';
import type { Failure } from './protocol.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not_found',
  EEXIST: 'conflict',
  // A clone, a watch of somebody who has it open, a snapshot that cannot go.
  EBUSY: 'in_use',
  ENOTEMPTY: 'in_use',
  ENOSPC: 'no_space',
  EDQUOT: 'no_space',
  ENAMETOOLONG: 'invalid_request',
  ETIMEDOUT: 'unavailable',
  ENOTCONN: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EAGAIN: 'unavailable',
  // Ceph's EBLOCKLISTED: this client is shut out for good, the next process will not be.
  ESHUTDOWN: 'unavailable',
};

const MESSAGES: Readonly<Partial<Record<ErrorCode, string>>> = {
  not_found: 'no such blob',
  conflict: 'the key exists',
  in_use: 'the image is in use',
  no_space: 'the store is full',
  invalid_request: 'the key is too long',
  unavailable: 'the cluster does not answer',
};

const MISSING = {
  koffi: 'stores of kind rbd need the npm package koffi, which is not installed',
  librbd: 'install librbd1 and librados2 of Ceph 16 or later (packages librbd1, librados2)',
} as const;

/** Whatever these say, no blob was asked for yet. */
const CONNECTING: Readonly<Record<string, string>> = {
  rados_create2: 'the connection to the cluster cannot be set up',
  rados_conf_read_file: 'ceph_conf cannot be read',
  rados_conf_set: 'an option of conf is not known to Ceph',
  rados_connect: 'the cluster cannot be reached or refuses the user',
  rados_cluster_fsid: 'the cluster cannot be reached',
  rados_ioctx_create: 'the pool is missing or closed to the user',
};

const REFUSED = ['EPERM', 'EACCES'];
const NO_CAPABILITY = "the user may not shut out a writer that is gone: give it mon 'profile rbd'";

/** Node knows all that Ceph returns but this one. */
const ESHUTDOWN = 108;
const NAMES = new Map([
  ...Object.entries(constants.errno).map(([name, number]) => [number, name] as const),
  [ESHUTDOWN, 'ESHUTDOWN'],
]);

/** The port's word for what the child says of a failed call. */
export function toAppError(failure: Failure): AppError {
  if ('missing' in failure) return new AppError('unavailable', MISSING[failure.missing]);
  const { from, errno } = failure;
  const name = NAMES.get(errno) ?? String(errno);
  const context = { call: from, errno: name };
  const connecting = CONNECTING[from];
  if (connecting !== undefined) return new AppError('unavailable', connecting, { context });
  if (from === 'rbd_break_lock' && REFUSED.includes(name)) {
    return new AppError('store_failed', NO_CAPABILITY, { context });
  }
  const code = CODES[name] ?? 'store_failed';
  return new AppError(code, MESSAGES[code] ?? 'the store could not do it', { context });
}

/** True when the cluster answered a call with one of `names`. */
export function isErrno(error: unknown, ...names: readonly string[]): error is AppError {
  return isAppError(error) && names.includes(String(error.context['errno']));
}

/** For `.catch`: undefined in place of one of `names`. */
export function unless(...names: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!isErrno(error, ...names)) throw error;
    return undefined;
  };
}
