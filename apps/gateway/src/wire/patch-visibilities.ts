import { VISIBILITIES, type Visibility } from '@parallax/core';
import { isObject, type JsonContainer } from './json-body.ts';

const POINTER = '/visibility';

/** Every visibility that a well-formed PATCH body passes through: each needs its right, also when a later operation takes it back. */
export function visibilitiesIn(body: JsonContainer): readonly Visibility[] {
  const operations: readonly unknown[] = Array.isArray(body) ? body : [];
  return operations.flatMap((operation) => {
    if (!isObject(operation)) return [];
    const { path, add, replace, value } = operation;
    if (![path, add, replace].includes(POINTER)) return [];
    return VISIBILITIES.filter((known) => known === value);
  });
}
