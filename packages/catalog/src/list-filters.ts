import type { DateFilter, ImageQuery } from '@parallax/core';
import type { Parameter } from './database.ts';
import { toArray, toJson } from './values.ts';

// Names come from here and never from the query: a column is no parameter.
const LISTED = ['name', 'id', 'status', 'container_format', 'disk_format'] as const;
/** As the indexes know them. */
const OPERANDS: Partial<Readonly<Record<(typeof LISTED)[number] | 'size', string>>> = {
  name: `coalesce(i.name, '')`,
  container_format: `coalesce(i.container_format, '')`,
  disk_format: `coalesce(i.disk_format, '')`,
  size: 'coalesce(i.size, -1)',
};
const NUMBERS = ['size', 'virtual_size', 'min_disk', 'min_ram'] as const;
const EQUAL = ['checksum', 'os_hash_value', 'os_hash_algo', ...NUMBERS] as const;

/** Grows with the statement: `add` returns the placeholder of the value. */
export class Parameters {
  readonly values: Parameter[] = [];

  add(value: Parameter): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Conditions on image `i` that all branches of a list share. Values are parameters, so that one shape is one statement. */
export function filtersSql(query: ImageQuery, parameters: Parameters): readonly string[] {
  return [
    'i.deleted_at IS NULL',
    `i.status <> 'killed'`,
    `i.os_hidden = ${parameters.add(query.osHidden)}`,
    ...columns(query, parameters),
    ...dates('created_at', query.createdAt, parameters),
    ...dates('updated_at', query.updatedAt, parameters),
    ...contents(query, parameters),
  ];
}

function columns(query: ImageQuery, parameters: Parameters): readonly string[] {
  const rest: string[] = [];
  for (const column of LISTED) {
    const values = query.in?.[column];
    if (values === undefined) continue;
    const operand = OPERANDS[column] ?? `i.${column}`;
    if (operand !== `i.${column}` && values.includes('')) rest.push(`i.${column} IS NOT NULL`);
    rest.push(
      values.length === 1
        ? `${operand} = ${parameters.add(values[0] ?? '')}`
        : `${operand} = ANY(${parameters.add(toArray(values))}::text[])`,
    );
  }
  for (const column of EQUAL) {
    const value = query.equals?.[column];
    if (value !== undefined) rest.push(`i.${column} = ${parameters.add(value)}`);
  }
  for (const column of NUMBERS) {
    const [least, most] = [query.atLeast?.[column], query.atMost?.[column]];
    const operand = column === 'size' ? OPERANDS.size : `i.${column}`;
    // Of what has no size yet, -1 is the index's word and no size.
    if (least !== undefined) rest.push(`${operand} >= ${parameters.add(Math.max(0, least))}`);
    else if (most !== undefined) rest.push(`${operand} >= 0`);
    if (most !== undefined) {
      const bound = parameters.add(most);
      rest.push(`${operand} <= ${bound}`);
      // Says the same; of the column itself the planner knows how few are that small.
      if (operand !== `i.${column}`) rest.push(`i.${column} <= ${bound}`);
    }
  }
  if (query.owner !== undefined) rest.push(`i.owner = ${parameters.add(query.owner)}`);
  if (query.protected !== undefined) rest.push(`i.protected = ${parameters.add(query.protected)}`);
  return rest;
}

/** Whole seconds, because that is what clients are shown and send back; as bounds of the column, which an index can walk. */
function dates(
  column: string,
  filters: readonly DateFilter[] | undefined,
  parameters: Parameters,
): readonly string[] {
  return (filters ?? []).flatMap((filter) => {
    const sql = dateSql(`i.${column}`, filter, parameters);
    const isBefore = filter.op === 'lt' || filter.op === 'lte' || filter.op === 'eq';
    if (column !== 'updated_at' || !isBefore) return sql;
    // Nothing is updated before it is created, so a walk by creation may begin there; an hour is for clocks that went back.
    const latest = new Date(filter.at.getTime() + 3_601_000).toISOString();
    return [sql, `i.created_at <= ${parameters.add(latest)}::text::timestamptz`];
  });
}

function dateSql(column: string, { op, at }: DateFilter, parameters: Parameters): string {
  const second = Math.floor(at.getTime() / 1000);
  const isWhole = at.getTime() === second * 1000;
  const bound = (seconds: number): string =>
    `${parameters.add(new Date(seconds * 1000).toISOString())}::text::timestamptz`;
  const from = (seconds: number): string => `${column} >= ${bound(seconds)}`;
  const before = (seconds: number): string => `${column} < ${bound(seconds)}`;
  switch (op) {
    case 'gt':
      return from(second + 1);
    case 'gte':
      return from(isWhole ? second : second + 1);
    case 'lt':
      return before(isWhole ? second : second + 1);
    case 'lte':
      return before(second + 1);
    case 'eq':
      return isWhole ? `${from(second)} AND ${before(second + 1)}` : 'false';
    case 'neq':
      return isWhole ? `(${before(second)} OR ${from(second + 1)})` : 'true';
  }
}

function contents(query: ImageQuery, parameters: Parameters): readonly string[] {
  const conditions: string[] = [];
  if (query.tags !== undefined && query.tags.length > 0) {
    conditions.push(`i.tags <> '{}' AND i.tags @> ${parameters.add(toArray(query.tags))}::text[]`);
  }
  const all = Object.entries(query.properties ?? {});
  const own = all.filter(([name]) => !isBookkeeping(name));
  const ours = all.filter(([name]) => isBookkeeping(name));
  for (const [column, entries] of [
    ['properties', own],
    ['bookkeeping', ours],
  ] as const) {
    if (entries.length === 0) continue;
    const json = parameters.add(toJson(Object.fromEntries(entries)));
    conditions.push(`i.${column} <> '{}' AND i.${column} @> ${json}::text::jsonb`);
  }
  return conditions;
}

/** Glance's own notes on an image, which clients see as properties and may not set. */
export function isBookkeeping(name: string): boolean {
  return name.startsWith('os_glance');
}
