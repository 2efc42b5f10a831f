import { AppError } from '@parallax/core';

/** A bigint column. Ids and sizes beyond 2^53 do not occur; one that does is refused, not rounded. */
export function toNumber(value: string | number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new AppError('internal', 'a number in the database is out of range', {
      context: { value: String(value) },
    });
  }
  return number;
}

export function toNumberOrNull(value: string | number | null): number | null {
  return value === null ? null : toNumber(value);
}

/** A timestamptz column, as text in UTC. */
export function toDate(value: string): Date {
  return new Date(value);
}

export function toDateOrNull(value: string | null): Date | null {
  return value === null ? null : new Date(value);
}

/** An array parameter, for `$n::text[]` and the like. */
export function toArray(values: readonly (string | number)[]): string {
  const quoted = values.map((value) =>
    typeof value === 'number' ? String(value) : `"${value.replace(/["\\]/g, '\\$&')}"`,
  );
  return `{${quoted.join(',')}}`;
}

/** A jsonb parameter, for `$n::text::jsonb`: without the detour over text, postgres.js would encode it a second time. */
export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** SQL for "`ms` milliseconds from now", with the number in parameter `n`. */
export function fromNow(n: number): string {
  return `clock_timestamp() + $${n}::float8 * interval '1 ms'`;
}
