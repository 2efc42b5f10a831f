import { Ajv, type ErrorObject } from 'ajv';
import { didYouMean } from './did-you-mean.ts';
import type { FieldPath } from './problems.ts';
import { EXPECTED } from './schema-types.ts';

export interface Fault {
  readonly path: FieldPath;
  readonly message: string;
}

const SECRET_FIELD = /token|secret|password|key|url/i;

/** What of `value` is not as `schema` has it; empty when all is well. */
export function validate(schema: object, value: unknown): readonly Fault[] {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
  ajv.addKeyword(EXPECTED);
  const check = ajv.compile(schema);
  if (check(value)) return [];
  const faults = (check.errors ?? []).map((error) => toFault(error, value));
  // A wrong type breaks several keywords of one field; its first message says it all.
  const seen = new Set<string>();
  return faults.filter(({ path }) => {
    const place = JSON.stringify(path);
    return !seen.has(place) && seen.add(place);
  });
}

function toFault(error: ErrorObject, root: unknown): Fault {
  const path = toPath(error.instancePath, root);
  if (error.keyword === 'additionalProperties') {
    const name = String(error.params['additionalProperty']);
    return { path: [...path, name], message: unknownField(name, error.parentSchema) };
  }
  if (error.keyword === 'required') {
    const name = String(error.params['missingProperty']);
    const field = fieldSchema(error.parentSchema, name);
    return {
      path: [...path, name],
      message: `is required: expected ${expected(field) ?? 'a value'}`,
    };
  }
  const wanted = expected(error.parentSchema) ?? error.message ?? 'another value';
  return { path, message: `expected ${wanted}; got ${describe(error.data, path)}` };
}

/** Ajv gives a JSON pointer; whether a step is an index is seen in the value itself. */
function toPath(pointer: string, root: unknown): FieldPath {
  let at: unknown = root;
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
      const isIndex = Array.isArray(at);
      at =
        typeof at === 'object' && at !== null
          ? Object.entries(at).find(([k]) => k === step)?.[1]
          : undefined;
      return isIndex ? Number(step) : step;
    });
}

function unknownField(name: string, schema: unknown): string {
  const known = Object.keys(propertiesOf(schema));
  const guess = didYouMean(name, known);
  const hint =
    guess === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${guess}?`;
  return `unknown field; ${hint}`;
}

function expected(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const facts = new Map<string, unknown>(Object.entries(schema));
  const wanted = facts.get(EXPECTED);
  if (typeof wanted === 'string') return wanted;
  return facts.get('type') === 'object'
    ? `a mapping with ${Object.keys(propertiesOf(schema)).join(', ')}`
    : undefined;
}

function propertiesOf(schema: unknown): object {
  const properties = fieldOf(schema, 'properties');
  return typeof properties === 'object' && properties !== null ? properties : {};
}

function fieldSchema(schema: unknown, name: string): unknown {
  return fieldOf(propertiesOf(schema), name);
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** The value itself only where it cannot be a secret. */
function describe(value: unknown, path: FieldPath): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (path.some((step) => typeof step === 'string' && SECRET_FIELD.test(step)))
    return `a ${typeof value} that is not`;
  return JSON.stringify(value).slice(0, 80);
}
