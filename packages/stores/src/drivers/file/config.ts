import { type Static, Type } from 'typebox';
import { badField, parseFields } from '../../config-fields.ts';

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
  const config = parseFields(FILE_CONFIG, input, 'file');
  if (config.shared === true && config.node !== undefined) {
    throw badField('node', 'must be absent when the root is shared');
  }
  return config;
}
