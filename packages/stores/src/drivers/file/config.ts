import { AppError } from '@parallax/core';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** What a `file` store needs to start. A root on storage that every node of the region mounts is `shared`; else the one `node` that has it relays. */
export const FILE_CONFIG = Type.Object(
  {
    path: Type.String({
      pattern: '^/.',
      maxLength: 2048,
      description: 'absolute path of the root folder',
    }),
    shared: Type.Optional(
      Type.Boolean({ description: 'every node of the region mounts this root at this path' }),
    ),
    node: Type.Optional(
      Type.String({ minLength: 1, description: 'name of the only node that has this root' }),
    ),
    direct_io: Type.Optional(
      Type.Boolean({
        description:
          'write, copy and verify past the page cache where the file system gains by it (ext4, XFS); default true',
      }),
    ),
  },
  { additionalProperties: false },
);
export type FileConfig = Static<typeof FILE_CONFIG>;

/** `invalid_request` naming the field. */
export function parseFileConfig(input: unknown): FileConfig {
  const [error] = Value.Errors(FILE_CONFIG, input);
  if (error !== undefined || !Value.Check(FILE_CONFIG, input)) {
    throw badField(error === undefined ? '' : fieldOf(error), problemOf(error));
  }
  if (input.shared === true && input.node !== undefined) {
    throw badField('node', 'must be absent when the root is shared');
  }
  return input;
}

function fieldOf(error: { readonly instancePath: string; readonly params: object }): string {
  const missing =
    'requiredProperties' in error.params ? error.params.requiredProperties : undefined;
  const first = Array.isArray(missing) ? String(missing[0]) : '';
  return error.instancePath === '' ? first : error.instancePath.slice(1).replaceAll('/', '.');
}

function problemOf(error: { readonly keyword: string; readonly message: string } | undefined) {
  // What additionalProperties reports about the field itself.
  if (error?.keyword === 'boolean') return 'is not a field of a file store';
  if (error?.keyword === 'required') return 'is missing';
  return error?.message ?? 'is not valid';
}

function badField(field: string, problem: string): AppError {
  return new AppError('invalid_request', field === '' ? problem : `${field}: ${problem}`, {
    context: { field },
  });
}
