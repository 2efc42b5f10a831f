import { AppError, type ImageQuery, SORT_KEYS, type SortKey } from '@parallax/core';

type Direction = 'asc' | 'desc';

/** Both of Glance's ways to ask for an order (glance-v2.md §2.4), completed to a total one. */
export function parseSort(query: URLSearchParams): ImageQuery['sort'] {
  const keys = query.getAll('sort_key');
  const directions = query.getAll('sort_dir').map(toDirection);
  const sort = query.getAll('sort').at(-1);
  if (sort === undefined) return complete(keys.map(toKey), directions);
  if (keys.length > 0 || directions.length > 0) {
    throw invalid('Old and new sorting syntax cannot be combined');
  }
  const pairs = sort.split(',').map((term) => {
    const [key = '', direction, ...rest] = term.trim().split(':');
    if (rest.length > 0) throw invalid(`Invalid sort term '${term.slice(0, 64)}'`);
    return {
      key: toKey(key),
      direction: direction === undefined ? 'desc' : toDirection(direction),
    };
  });
  return complete(
    pairs.map(({ key }) => key),
    pairs.map(({ direction }) => direction),
  );
}

/** `created_at` and `id` break ties, in the direction that was asked for when there was only one. */
function complete(keys: readonly SortKey[], directions: readonly Direction[]): ImageQuery['sort'] {
  if (directions.length > 1 && directions.length !== keys.length) {
    throw invalid('Number of sort dirs does not match the number of sort keys');
  }
  const fallback = (directions.length === 1 ? directions[0] : undefined) ?? 'desc';
  const order = new Map<SortKey, Direction>();
  for (const [i, key] of keys.entries()) {
    if (!order.has(key))
      order.set(key, directions.length > 1 ? (directions[i] ?? fallback) : fallback);
  }
  for (const key of ['created_at', 'id'] as const) {
    if (!order.has(key)) order.set(key, fallback);
  }
  return [...order].map(([key, direction]) => ({ key, direction }));
}

function toKey(text: string): SortKey {
  const key = SORT_KEYS.find((known) => known === text);
  if (key !== undefined) return key;
  throw invalid(
    `Invalid sort key: ${text.slice(0, 64)}. It must be one of the following: ${SORT_KEYS.join(', ')}.`,
  );
}

function toDirection(text: string): Direction {
  if (text === 'asc' || text === 'desc') return text;
  throw invalid(
    `Invalid sort direction: ${text.slice(0, 64)}. It must be one of the following: asc, desc.`,
  );
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
