import { AppError, type ErrorCode, isAppError } from '@parallax/core';
import { Agent } from 'undici';

export interface HttpTimeouts {
  /** Name lookup, TCP and TLS together. Default 2 s. */
  readonly connectMs?: number;
  /** From the last byte of the request to the head of the response. Default 30 s. */
  readonly headersMs?: number;
  /** Between two chunks of a response. Not counted while our side reads nothing: long transfers have their own watchdog. Default 60 s. */
  readonly bodyIdleMs?: number;
  /** To one origin at a time. Default 128. */
  readonly connections?: number;
}

export interface TlsTrust {
  /** Certificates in PEM that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** Believes any certificate: for tests of operators, never for production. */
  readonly insecure?: boolean;
}

/** A pool of connections with every timeout set; undici's own defaults wait five minutes. */
export function httpAgent(o: HttpTimeouts & TlsTrust = {}): Agent {
  const { connectMs = 2000, headersMs = 30_000, bodyIdleMs = 60_000, connections = 128 } = o;
  return new Agent({
    connect: {
      timeout: connectMs,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      rejectUnauthorized: o.insecure !== true,
      ...(o.ca === undefined ? {} : { ca: o.ca }),
    },
    headersTimeout: headersMs,
    bodyTimeout: bodyIdleMs,
    connections,
    // One request per connection: a body in front of us must not hold up the next answer.
    pipelining: 1,
    // Below the 75 s of our listeners, so that it is always the client that closes an idle connection.
    keepAliveTimeout: 20_000,
    keepAliveMaxTimeout: 60_000,
  });
}

/** For requests to admin listeners of other nodes, which are near or answer fast. */
export function internalAgent(o: HttpTimeouts = {}): Agent {
  return httpAgent({
    connectMs: 1500,
    headersMs: 15_000,
    bodyIdleMs: 60_000,
    connections: 256,
    ...o,
  });
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ABORT_ERR: 'cancelled',
  UND_ERR_ABORTED: 'cancelled',
  UND_ERR_BODY_TIMEOUT: 'stalled',
  UND_ERR_HEADERS_TIMEOUT: 'stalled',
};

/** What a failed request means; `what` says whom we asked, without a secret. An AppError stays what it is. */
export function toHttpError(cause: unknown, what: string): AppError {
  if (isAppError(cause)) return cause;
  const name = cause instanceof Error ? cause.name : '';
  const given = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  // AbortSignal.timeout and abort() have names; their codes are old DOM numbers.
  if (name === 'AbortError')
    return new AppError('cancelled', `the request to ${what} was cancelled`, { cause });
  if (name === 'TimeoutError') return new AppError('stalled', `${what} took too long`, { cause });
  const code = CODES[given ?? ''] ?? 'unavailable';
  const message =
    code === 'unavailable'
      ? `${what} cannot be reached`
      : code === 'stalled'
        ? `${what} took too long`
        : `the request to ${what} was cancelled`;
  return new AppError(code, message, { cause, context: { cause: given ?? name } });
}
