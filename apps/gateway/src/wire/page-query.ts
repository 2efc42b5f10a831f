import { AppError } from '@parallax/core';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export interface PageQuery {
  readonly after: number | undefined;
  readonly limit: number;
}

/** `?after=<cursor>&limit=<n>` of the federation API. */
export function parsePageQuery(query: URLSearchParams): PageQuery {
  return {
    after: parseCount('after', query.get('after')),
    limit: Math.min(parseCount('limit', query.get('limit')) ?? DEFAULT_LIMIT, MAX_LIMIT),
  };
}

/** `true`, `false`, or undefined when absent. */
export function parseFlag(name: string, query: URLSearchParams): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new AppError('invalid_request', `${name} must be true or false`);
}

function parseCount(name: string, text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AppError('invalid_request', `${name} must be a number`);
}
