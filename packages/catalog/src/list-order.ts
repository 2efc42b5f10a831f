import type { ImageQuery, SortKey } from '@parallax/core';
import type { Parameters } from './list-filters.ts';

type Direction = 'asc' | 'desc';
export interface SortColumn {
  readonly key: SortKey;
  readonly direction: Direction;
}

/** Never null, so that one comparison orders every row: what has no name or size comes first, as in Glance. */
const EXPRESSIONS: Readonly<Record<SortKey, string>> = {
  name: `coalesce(i.name, '')`,
  status: 'i.status',
  container_format: `coalesce(i.container_format, '')`,
  disk_format: `coalesce(i.disk_format, '')`,
  size: 'coalesce(i.size, -1)',
  id: 'i.id',
  created_at: 'i.created_at',
  updated_at: 'i.updated_at',
};
const CASTS: Partial<Readonly<Record<SortKey, string>>> = {
  size: '::text::bigint',
  created_at: '::text::timestamptz',
  updated_at: '::text::timestamptz',
};

/** The total order of a list: the keys asked for, then created_at and id as Glance adds them. */
export function orderOf(query: ImageQuery): readonly SortColumn[] {
  const asked = query.sort.filter(
    ({ key }, at) => query.sort.findIndex((other) => other.key === key) === at,
  );
  const direction = asked.length === 1 ? (asked[0]?.direction ?? 'desc') : 'desc';
  const ties = (['created_at', 'id'] as const)
    .filter((key) => !asked.some((column) => column.key === key))
    .map((key) => ({ key, direction }));
  const all = [...asked, ...ties];
  // Nothing can tie on an id, and a shorter order fits an index more often.
  return all.slice(0, all.findIndex(({ key }) => key === 'id') + 1);
}

export function sortExpression(key: SortKey, member: boolean): string {
  if (member && key === 'created_at') return 'm.image_created_at';
  if (member && key === 'id') return 'm.image_id';
  return EXPRESSIONS[key];
}

/** Text of the marker row's values, in the order's order: `k0`, `k1`, ... */
export function markerColumns(order: readonly SortColumn[]): string {
  return order.map(({ key }, at) => `(${EXPRESSIONS[key]})::text AS k${at}`).join(', ');
}

/** Placeholders of the marker's values: once for all branches. */
export function markerParameters(
  order: readonly SortColumn[],
  marker: readonly string[],
  parameters: Parameters,
): readonly string[] {
  return order.map(({ key }, at) => `${parameters.add(marker[at] ?? '')}${CASTS[key] ?? '::text'}`);
}

/** "Comes after the marker". */
export function afterMarkerSql(
  order: readonly SortColumn[],
  placeholders: readonly string[],
  member: boolean,
): string {
  const columns = order.map(({ key }) => sortExpression(key, member));
  const [first] = order;
  if (first !== undefined && order.every(({ direction }) => direction === first.direction)) {
    // A row comparison walks an index; the general form below cannot.
    const operator = first.direction === 'asc' ? '>' : '<';
    return `(${columns.join(', ')}) ${operator} (${placeholders.join(', ')})`;
  }
  const steps = order.map(({ direction }, at) => {
    const equal = columns.slice(0, at).map((column, i) => `${column} = ${placeholders[i]}`);
    const beyond = `${columns[at]} ${direction === 'asc' ? '>' : '<'} ${placeholders[at]}`;
    return `(${[...equal, beyond].join(' AND ')})`;
  });
  return `(${steps.join(' OR ')})`;
}
