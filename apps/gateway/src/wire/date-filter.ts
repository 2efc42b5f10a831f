import { AppError, type DateFilter } from '@parallax/core';

const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** `created_at` and `updated_at`: ISO 8601 with an optional operator before it. */
export function parseDateFilter(expression: string): DateFilter {
  const colon = expression.indexOf(':');
  const op = OPERATORS.find((known) => known === expression.slice(0, Math.max(colon, 0)));
  const text = op === undefined ? expression : expression.slice(colon + 1);
  // A `+` that the client did not encode arrives as a space.
  const match = ISO_8601.exec(
    text.trim().replace(/ (?=\d{2}:?\d{2}$)(?<=\d:\d{2}(?::\d{2})? )/, '+'),
  );
  const at = match === null ? undefined : toDate(match);
  if (at === undefined) {
    throw new AppError('invalid_request', `Unable to filter by date '${text.slice(0, 64)}'.`);
  }
  return { op: op ?? 'eq', at };
}

function toDate(match: RegExpExecArray): Date | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone] =
    match;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${toZone(zone)}`;
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) || !sameDay(at, iso) ? undefined : at;
}

function toZone(zone: string | undefined): string {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** JavaScript rolls 31 February over into March. */
function sameDay(at: Date, iso: string): boolean {
  const naive = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  return naive.toISOString().slice(0, 10) === iso.slice(0, 10) && !Number.isNaN(at.getTime());
}
