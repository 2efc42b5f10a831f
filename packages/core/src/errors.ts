/** What every error code means over HTTP, and whether trying again may help. The only table of its kind. */
export interface ErrorDescriptor {
  readonly status: number;
  readonly retryable: boolean;
}

export const ERRORS = {
  invalid_request: { status: 400, retryable: false },
  unauthorized: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  conflict: { status: 409, retryable: false },
  in_use: { status: 409, retryable: true },
  gone: { status: 410, retryable: false },
  too_large: { status: 413, retryable: false },
  no_space: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  range_not_satisfiable: { status: 416, retryable: false },
  header_too_large: { status: 431, retryable: false },
  internal: { status: 500, retryable: false },
  not_implemented: { status: 501, retryable: false },
  unavailable: { status: 503, retryable: true },
  /** Bytes differ from what was promised: a store, a source or a client is wrong. */
  integrity_mismatch: { status: 503, retryable: true },
  /** A store could not do what was asked, and said so. */
  store_failed: { status: 503, retryable: true },
  /** No progress within the watchdog's time. */
  stalled: { status: 503, retryable: true },
  /** Somebody else holds the row now; this process must not touch it again. */
  lease_lost: { status: 503, retryable: true },
  /** The caller's signal was aborted. */
  cancelled: { status: 503, retryable: false },
} as const satisfies Record<string, ErrorDescriptor>;

export type ErrorCode = keyof typeof ERRORS;

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** Facts for the log and for the wire (`allow`, `range`); never a secret. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly retryAfterMs?: number;
}

/** The only error that crosses a package boundary. `message` is written for the client: no secret, no trailing dot needed. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? code.replaceAll('_', ' '), { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.context = options.context ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** True when `error` is an AppError with one of `codes` (any code when none is given). */
export function isAppError(error: unknown, ...codes: readonly ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}
