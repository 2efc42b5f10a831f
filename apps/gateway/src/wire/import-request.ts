import { AppError } from '@parallax/core';
import { isObject } from './json-body.ts';
import { hasNul } from './text-rules.ts';

/** The methods of `POST …/import` that this deployment runs; others are answered as Glance answers disabled ones. */
export const IMPORT_METHODS = ['copy-image'] as const;

export interface ImportRequest {
  readonly method: (typeof IMPORT_METHODS)[number];
  readonly stores: readonly string[];
  readonly allStores: boolean;
  readonly allMustSucceed: boolean;
}

/** Body of `POST …/import` with the header that may stand for one store (glance-v2.md §3.2). */
export function parseImportRequest(
  body: Readonly<Record<string, unknown>>,
  storeHeader: string | undefined,
): ImportRequest {
  const method = parseMethod(body['method']);
  const allStores = parseFlag('all_stores', body['all_stores'], false);
  const allMustSucceed = parseFlag(
    'all_stores_must_succeed',
    body['all_stores_must_succeed'],
    true,
  );
  const stores = parseStores(body['stores']);
  if (allStores && (stores.length > 0 || storeHeader !== undefined)) {
    throw invalid('All_stores parameter can\'t be used with "x-image-meta-store" header or stores');
  }
  if (stores.length > 0 && storeHeader !== undefined) {
    throw invalid("Stores parameter and x-image-meta-store header can't be both specified");
  }
  return {
    method,
    stores: storeHeader === undefined ? stores : [storeHeader],
    allStores,
    allMustSucceed,
  };
}

function parseMethod(value: unknown): ImportRequest['method'] {
  if (!isObject(value)) throw invalid("Import request requires a 'method' field.");
  const name = value['name'];
  if (typeof name !== 'string') throw invalid("Import request requires a 'name' field.");
  const method = IMPORT_METHODS.find((known) => known === name);
  if (method === undefined) throw invalid(`Unknown import method name '${name.slice(0, 255)}'.`);
  return method;
}

function parseFlag(name: string, value: unknown, absent: boolean): boolean {
  if (value === undefined) return absent;
  if (typeof value === 'boolean') return value;
  throw invalid(`'${name}' must be boolean value only`);
}

function parseStores(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const stores: unknown[] = Array.isArray(value) ? value : [undefined];
  const names = stores.filter(
    (store) => typeof store === 'string' && store !== '' && !hasNul(store),
  );
  if (names.length !== stores.length) throw invalid("'stores' must be a list of store identifiers");
  return [...new Set(names.map(String))];
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
