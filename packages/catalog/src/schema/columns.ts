import { customType, timestamp } from 'drizzle-orm/pg-core';

export const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

/** timestamptz as text: dates are parsed where rows become core's objects. */
export function instant(name: string) {
  return timestamp(name, { withTimezone: true, mode: 'string' });
}
