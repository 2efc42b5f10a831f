import { AppError, type ErrorCode } from '@parallax/core';

/** Node's and postgres.js's words for "nobody answers there". */
const CONNECTION_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  '23505': 'conflict',
  '23503': 'not_found',
  // A write on a standby, or on a primary that was demoted a moment ago.
  '25006': 'unavailable',
};
/** By the first two characters of SQLSTATE. */
const BY_CLASS: Readonly<Record<string, ErrorCode>> = {
  '08': 'unavailable',
  '22': 'invalid_request',
  '23': 'invalid_request',
  '28': 'unavailable',
  '3D': 'unavailable',
  '40': 'unavailable',
  '53': 'unavailable',
  '54': 'invalid_request',
  '55': 'unavailable',
  '57': 'unavailable',
};
const MESSAGES: Partial<Readonly<Record<ErrorCode, string>>> = {
  conflict: 'it exists already',
  not_found: 'a row it refers to does not exist',
  invalid_request: 'a value is out of range',
  unavailable: 'the database cannot be reached or is overloaded',
};

/** What the rest of the product may see of `error`. Errors that come neither from Postgres nor from the way to it stay as they are. */
export function translate(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  if (code === undefined) return error;
  if (CONNECTION_CODES.has(code)) return appError('unavailable', error, code);
  if (!/^[0-9A-Z]{5}$/.test(code)) return error;
  return appError(BY_STATE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 'internal', error, code);
}

/** SQLSTATE or Node's code, also of an error that another library wrapped. */
function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 3; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

function appError(code: ErrorCode, error: unknown, sqlState: string): AppError {
  const retry = code === 'unavailable' ? { retryAfterMs: 1_000 } : {};
  const cause = withoutValues(error);
  return new AppError(code, MESSAGES[code], { cause, context: { sqlState }, ...retry });
}

/** Postgres repeats whole rows in `detail`, and the drivers keep the parameters: tag keys must not get into a log that way. */
function withoutValues(error: unknown): Error {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  const plain = new Error(at instanceof Error ? at.message : String(at));
  if (at instanceof Error) {
    plain.name = at.name;
    if (at.stack !== undefined) plain.stack = at.stack;
    for (const fact of ['code', 'constraint_name', 'table_name', 'routine'] as const) {
      if (fact in at) Object.assign(plain, { [fact]: Reflect.get(at, fact) });
    }
  }
  return plain;
}
