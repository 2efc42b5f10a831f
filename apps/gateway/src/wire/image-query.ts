import { AppError, type ColumnFilter, type ImageQuery, type NumberColumn } from '@parallax/core';
import { parseDateFilter } from './date-filter.ts';
import { parseTextFilter } from './filter-values.ts';
import { isImageId } from './image-id.ts';
import { parseSort } from './sort-order.ts';
import { refuseNul } from './text-rules.ts';

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 1000;

const VISIBILITY_FILTERS = ['public', 'private', 'shared', 'community', 'all'] as const;
const MEMBER_STATUSES = ['pending', 'accepted', 'rejected', 'all'] as const;
const COLUMNS: ReadonlySet<string> = new Set<ColumnFilter>([
  'name',
  'id',
  'status',
  'container_format',
  'disk_format',
]);
const TEXT_COLUMNS: ReadonlySet<string> = new Set(['checksum', 'os_hash_value', 'os_hash_algo']);
const NUMBER_COLUMNS: readonly NumberColumn[] = ['size', 'virtual_size', 'min_disk', 'min_ram'];
const INT4_COLUMNS: ReadonlySet<string> = new Set(['min_disk', 'min_ram']);
const PAGING: ReadonlySet<string> = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir']);
/** Names of relations and of what Glance removed; on some of them Glance fails with 500. */
const UNFILTERABLE: ReadonlySet<string> = new Set([
  'changes-since',
  'locations',
  'members',
  'properties',
  'tags',
]);
const MAX_INT4 = 2 ** 31 - 1;

type Draft = { -readonly [K in keyof ImageQuery]: ImageQuery[K] };

/** Query of `GET /v2/images` (glance-v2.md §2.4). `invalid_request`. */
export function parseImageQuery(query: URLSearchParams): ImageQuery {
  const draft: Draft = {
    limit: parseLimit(last(query, 'limit')),
    sort: parseSort(query),
    osHidden: false,
  };
  const marker = last(query, 'marker');
  if (marker !== undefined) draft.marker = parseMarker(marker);
  for (const name of new Set(query.keys())) {
    const value = last(query, name) ?? '';
    refuseNul('Filters', name + value);
    if (!PAGING.has(name)) addFilter(draft, name, value, query);
  }
  return draft;
}

function addFilter(draft: Draft, name: string, value: string, query: URLSearchParams): void {
  if (COLUMNS.has(name)) {
    const values = parseTextFilter(value);
    // What is no id matches no image; a column of type uuid could not even be asked.
    draft.in = { ...draft.in, [name]: name === 'id' ? values.filter(isImageId) : values };
  } else if (TEXT_COLUMNS.has(name)) {
    draft.equals = { ...draft.equals, [name]: value };
  } else if (!addNumberFilter(draft, name, value) && !addNamedFilter(draft, name, value, query)) {
    addPropertyFilter(draft, name, value);
  }
}

/** A number itself, or with `_min` or `_max` behind its name a bound; false for other names. */
function addNumberFilter(draft: Draft, name: string, value: string): boolean {
  const column = NUMBER_COLUMNS.find((known) => known === name.replace(/_(?:min|max)$/, ''));
  if (column === undefined) return false;
  const number = parseNumber(column, value);
  if (name === column) draft.equals = { ...draft.equals, [column]: number };
  else if (name.endsWith('_min')) draft.atLeast = { ...draft.atLeast, [column]: number };
  else draft.atMost = { ...draft.atMost, [column]: number };
  return true;
}

/** False when the name is that of a custom property. */
function addNamedFilter(
  draft: Draft,
  name: string,
  value: string,
  query: URLSearchParams,
): boolean {
  switch (name) {
    case 'created_at':
      draft.createdAt = [parseDateFilter(value)];
      return true;
    case 'updated_at':
      draft.updatedAt = [parseDateFilter(value)];
      return true;
    case 'visibility':
      draft.visibility = parseChoice(name, value, VISIBILITY_FILTERS);
      return true;
    case 'owner':
      draft.owner = value;
      return true;
    case 'tag':
      draft.tags = [...new Set(query.getAll('tag'))];
      for (const tag of draft.tags) refuseNul('Tags', tag);
      return true;
    case 'member_status':
      draft.memberStatus = parseChoice(name, value, MEMBER_STATUSES);
      return true;
    case 'os_hidden':
      draft.osHidden = parseBoolean(name, value);
      return true;
    case 'protected':
      draft.protected = parseBoolean(name, value);
      return true;
    case 'deleted':
      return true;
    default:
      return false;
  }
}

function addPropertyFilter(draft: Draft, name: string, value: string): void {
  if (UNFILTERABLE.has(name) || /_(?:min|max)$/.test(name)) {
    throw invalid(`Unable to filter by '${name.slice(0, 64)}'.`);
  }
  const properties: Record<string, string> = Object.create(null);
  for (const [key, wanted] of Object.entries(draft.properties ?? {})) properties[key] = wanted;
  properties[name] = value;
  draft.properties = properties;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  if (!/^\+?\d+$/.test(text)) {
    throw invalid(
      /^-\d+$/.test(text) ? 'limit param must be positive' : 'limit param must be an integer',
    );
  }
  return Math.min(Number(text), MAX_LIMIT);
}

/** The same answer for what is no id as for an image that is not there. */
function parseMarker(text: string): string {
  if (isImageId(text)) return text;
  throw invalid('Invalid marker. Image could not be found.');
}

function parseNumber(name: string, text: string): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  const most = INT4_COLUMNS.has(name) ? MAX_INT4 : Number.MAX_SAFE_INTEGER;
  if (Math.abs(value) <= most) return value;
  throw invalid(`Unable to filter ${name} by a value that is no integer.`);
}

function parseChoice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((known) => known === text);
  if (choice !== undefined) return choice;
  throw invalid(`Invalid value for ${name}: it must be one of ${choices.join(', ')}.`);
}

/** Any case: openstacksdk sends Python's `True`. */
function parseBoolean(name: string, text: string): boolean {
  const value = text.toLowerCase();
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`Invalid value for option ${name}: it must be true or false.`);
}

function last(query: URLSearchParams, name: string): string | undefined {
  return query.getAll(name).at(-1);
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
