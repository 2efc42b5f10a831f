import { IMAGE_FIELDS, type ImageView, type ShownLocations } from '@parallax/core';
import { toArray } from './values.ts';

/** Where a node keeps its own address; shown to nobody. */
const HIDDEN = ['os_glance_stage_host', 'os_glance_hash_op_host'];

/** Text that a CHECK keeps free of characters JSON would escape. */
function word(column: string): string {
  return `coalesce('"' || i.${column} || '"', 'null')`;
}
function text(column: string): string {
  return `coalesce(to_json(i.${column})::text, 'null')`;
}
function number(column: string): string {
  return `coalesce(i.${column}::text, 'null')`;
}
function flag(column: string): string {
  return `CASE WHEN i.${column} THEN 'true' ELSE 'false' END`;
}
function time(column: string): string {
  // Whole seconds of JSON's own form, quotes included; to_char costs more.
  return `left(to_json(i.${column} AT TIME ZONE 'UTC')::text, 20) || 'Z"'`;
}
function flattened(column: string, left: readonly string[]): string {
  const names = left.map((name) => `'${name}'`).join(',');
  return `CASE WHEN i.${column} = '{}' THEN '' ELSE
    coalesce(nullif(btrim((i.${column} - ARRAY[${names}])::text, '{}'), '') || ',', '') END`;
}

/**
 * SQL for the JSON text of Glance's record of image row `i` (glance-v2.md §2.2), with the ranks of an ImageView in parameters `n` and `n + 1`.
 * Concatenated, because that costs less than json_build_object, and far less than building it in Node.
 */
export function recordSql(n: number, shown: ShownLocations): string {
  const fields: readonly (readonly [string, string])[] = [
    ['id', word('id')],
    ['name', text('name')],
    ['status', word('status')],
    ['visibility', word('visibility')],
    ['protected', flag('protected')],
    ['os_hidden', flag('os_hidden')],
    ['owner', text('owner')],
    ['disk_format', word('disk_format')],
    ['container_format', word('container_format')],
    ['min_disk', number('min_disk')],
    ['min_ram', number('min_ram')],
    ['size', number('size')],
    ['virtual_size', number('virtual_size')],
    ['checksum', word('checksum')],
    ['os_hash_algo', word('os_hash_algo')],
    ['os_hash_value', word('os_hash_value')],
    ['created_at', time('created_at')],
    ['updated_at', time('updated_at')],
    ['tags', 'array_to_json(i.tags)::text'],
    ['self', `'"/v2/images/' || i.id || '"'`],
    ['file', `'"/v2/images/' || i.id || '/file"'`],
    ['schema', `'"/v2/schemas/image"'`],
  ];
  const base = fields.map(([name, sql], at) => `'${at === 0 ? '' : ','}"${name}":' || ${sql}`);
  return [
    `'{'`,
    // First, as Glance has them: openstacksdk takes a property `owner_id` for the owner unless that comes later.
    flattened('properties', IMAGE_FIELDS),
    flattened('bookkeeping', HIDDEN),
    ...base,
    storesSql(n),
    ...(shown.locations ? [locationsSql(n)] : []),
    ...(shown.directUrl ? [directUrlSql(n)] : []),
    `'}'`,
  ].join('\n  || ');
}

const ROUTABLE = `l.image_id = i.id AND l.state <> 'deleting' AND l.purpose = 'copy'`;
const WITH_URL = `FROM location l JOIN store s ON s.id = l.store_id WHERE ${ROUTABLE} AND s.location_url IS NOT NULL`;
const URL_JSON = `to_json(replace(s.location_url, '{key}', l.key))::text`;

/** By rank, then by age. */
function bestFirst(n: number): string {
  return `($${n + 1}::int[])[array_position($${n}::text[], l.store_id)], l.id`;
}

/** `,"stores":"a,b"`; nothing when there is none. */
function storesSql(n: number): string {
  return `coalesce((SELECT ',"stores":' || to_json(string_agg(l.store_id, ',' ORDER BY
      ${bestFirst(n)}))::text
    FROM location l WHERE ${ROUTABLE}), '')`;
}

/** `,"locations":[...]`; empty when there is none, as Glance has it. */
function locationsSql(n: number): string {
  return `',"locations":[' || coalesce((SELECT string_agg('{"url":' || ${URL_JSON} ||
      ',"metadata":{"store":' || to_json(s.id)::text || '}}', ',' ORDER BY ${bestFirst(n)}) ${WITH_URL}), '') || ']'`;
}

/** `,"direct_url":"..."`; nothing when there is none. */
function directUrlSql(n: number): string {
  return `coalesce((SELECT ',"direct_url":' || ${URL_JSON} ${WITH_URL} ORDER BY ${bestFirst(n)} LIMIT 1), '')`;
}

const parametersOf = new WeakMap<ReadonlyMap<string, number>, readonly [string, string]>();

/** Values of the two parameters of `recordSql`. */
export function viewParameters({ ranks }: Pick<ImageView, 'ranks'>): readonly [string, string] {
  const known = parametersOf.get(ranks);
  if (known !== undefined) return known;
  const made = [toArray([...ranks.keys()]), toArray([...ranks.values()])] as const;
  parametersOf.set(ranks, made);
  return made;
}

/** One text per way to show locations, made once: hot statements are prepared by their text. */
export function perView(
  make: (shown: ShownLocations) => string,
): (view: Pick<ImageView, 'shown'>) => string {
  const made = new Map<string, string>();
  return ({ shown }) => {
    const key = `${shown.locations} ${shown.directUrl}`;
    const text = made.get(key) ?? make(shown);
    made.set(key, text);
    return text;
  };
}
