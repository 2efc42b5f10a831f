import { AppError } from '@parallax/core';

const HIDDEN = '[redacted]';
const SECRET_NAME =
  /token|secret|passw|passphrase|credential|authorization|cookie|signature|(private|api|access|internal|tag)_?key|^pwd$|x-parallax-internal/i;
/** Names that look secret and are not: how many, which file. */
const PLAIN_NAME = /(_|-)?(count|file|bytes|ms)$|^tokens$/i;
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi;
const QUERY_SECRET =
  /\b((?:x-amz-(?:signature|credential|security-token)|temp_url_sig|signature|token|password|secret|api_?key|access_?key)["']?\s*[=:]\s*["']?)[^&\s"',}]+/gi;
const MAX_DEPTH = 6;
const MAX_TEXT = 8192;

/** A copy that may be logged: no value of a field named like a secret, no password in a URL, errors as plain fields. */
function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  return redactFields(value instanceof Map ? Object.fromEntries(value) : value, depth);
}

/** The same for the top fields of a log line. */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, inner]) => [
      name,
      isSecret(name, inner) ? HIDDEN : redact(inner, depth + 1),
    ]),
  );
}

/** Passwords in URLs and signatures in queries are masked; absurd lengths cut. */
export function redactText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  const masked = short.includes('://') ? short.replace(USER_INFO, `$1${HIDDEN}@`) : short;
  return masked.replace(QUERY_SECRET, `$1${HIDDEN}`);
}

function isSecret(name: string, value: unknown): boolean {
  if (
    value === null ||
    value === undefined ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  )
    return false;
  return SECRET_NAME.test(name) && !PLAIN_NAME.test(name);
}

function redactError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { name, message, stack, cause } = error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message: redactText(message),
    ...(code === undefined ? {} : { code }),
    ...(error instanceof AppError ? { context: redact(error.context, depth + 1) } : {}),
    ...(error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {}),
    // The stack repeats the message, so it is masked too.
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}
