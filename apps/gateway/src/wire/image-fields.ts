import { AppError } from '@parallax/core';
import { Ajv, type ErrorObject } from 'ajv';
import { BASE_PROPERTIES, IMAGE_SCHEMA } from './image-schema.ts';
import { refuseWideText } from './text-rules.ts';

const MAX_NAME = 255;
const MAX_INT4 = 2 ** 31 - 1;

const READ_ONLY: ReadonlySet<string> = new Set([
  'created_at',
  'updated_at',
  'status',
  'checksum',
  'size',
  'virtual_size',
  'direct_url',
  'self',
  'file',
  'schema',
  'os_hash_algo',
  'os_hash_value',
]);
const RESERVED: ReadonlySet<string> = new Set(['location', 'deleted', 'deleted_at']);

// The document is Glance's dialect (`is_base`, `writeOnly`), hence not strict.
const validate = new Ajv({ strict: false, unicodeRegExp: false }).compile({
  type: 'object',
  ...IMAGE_SCHEMA,
});

export function isBaseAttribute(name: string): boolean {
  return Object.hasOwn(BASE_PROPERTIES, name);
}

/** `forbidden` for attributes that only the service sets. */
export function refuseUnsettable(name: string): void {
  if (READ_ONLY.has(name)) throw new AppError('forbidden', `Attribute '${name}' is read-only.`);
  if (RESERVED.has(name) || name.startsWith('os_glance')) {
    throw new AppError('forbidden', `Attribute '${name.slice(0, MAX_NAME)}' is reserved.`);
  }
}

/** `invalid_request` unless all values fit Glance's image schema and our columns. */
export function requireImageFields(fields: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(fields)) {
    if (name.length > MAX_NAME) {
      throw new AppError(
        'invalid_request',
        'Custom property should not be greater than 255 characters.',
      );
    }
    refuseWideText('Property names', name);
  }
  if (!validate(fields)) throw mismatch(validate.errors?.[0]);
  for (const [name, value] of Object.entries(fields)) {
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    for (const text of texts) {
      if (typeof text === 'string') refuseWideText('Property values', text);
    }
    if (name === 'min_disk' || name === 'min_ram') requireInt4(name, value);
  }
}

function requireInt4(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= MAX_INT4) return;
  throw new AppError('invalid_request', `Cannot be a negative value or beyond 32 bits: ${name}`);
}

function mismatch(error: ErrorObject | undefined): AppError {
  const where = (error?.instancePath ?? '').slice(1, MAX_NAME);
  return new AppError(
    'invalid_request',
    `Provided object does not match schema 'image': ${where} ${error?.message ?? 'is not valid'}`,
  );
}

/** Tags are a set. */
export function uniqueTags(tags: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(tags) ? tags : [];
  return [...new Set(list.map(String))];
}
