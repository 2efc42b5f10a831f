import { readFile } from 'node:fs/promises';
import { AppError } from '@parallax/core';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** What a driver's part of a store definition says, checked. `invalid_request` naming the field; `kind` is for the message. */
export function parseFields<Schema extends TSchema>(
  schema: Schema,
  input: unknown,
  kind: string,
): Static<Schema> {
  const [error] = Value.Errors(schema, input);
  if (error !== undefined || !Value.Check(schema, input)) {
    throw badField(error === undefined ? '' : fieldOf(error), problemOf(error, kind));
  }
  return input;
}

export function badField(field: string, problem: string): AppError {
  return new AppError('invalid_request', field === '' ? problem : `${field}: ${problem}`, {
    context: { field },
  });
}

/** A secret that stands in the definition, or alone in a file. `invalid_request` naming the field when there is neither or both. */
export async function readSecret(
  fields: Readonly<Record<string, unknown>>,
  field: string,
): Promise<string> {
  const value = fields[field];
  const file = fields[`${field}_file`];
  if ((value === undefined) === (file === undefined)) {
    throw badField(field, `expected one of ${field} and ${field}_file`);
  }
  if (typeof value === 'string') return value;
  const text = await readFile(String(file), 'utf8').catch((cause: unknown) => {
    throw new AppError('invalid_request', `${field}_file: cannot be read`, { cause });
  });
  if (text.trim() === '') throw badField(`${field}_file`, 'is empty');
  return text.trim();
}

function fieldOf(error: { readonly instancePath: string; readonly params: object }): string {
  const missing =
    'requiredProperties' in error.params ? error.params.requiredProperties : undefined;
  const first = Array.isArray(missing) ? String(missing[0]) : '';
  const at = error.instancePath.slice(1).replaceAll('/', '.');
  return [at, first].filter((part) => part !== '').join('.');
}

function problemOf(
  error: { readonly keyword: string; readonly message: string } | undefined,
  kind: string,
) {
  // What additionalProperties reports about the field itself.
  if (error?.keyword === 'boolean') return `is not a field of a store of kind ${kind}`;
  if (error?.keyword === 'required') return 'is missing';
  return error?.message ?? 'is not valid';
}
