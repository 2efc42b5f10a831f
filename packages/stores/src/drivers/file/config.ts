import { type Static, Type } from 'typebox';
import { badField, parseFields } from '../../config-fields.ts';

const path = (description: string) => Type.String({ pattern: '^/.', maxLength: 2048, description });

const OWNER_BITS = 0o600;

/** What a `file` store needs to start. A root on storage that every node of the region mounts is `shared`; else the one `node` that has it relays. */
const FILE_CONFIG = Type.Object(
  {
    path: Type.Optional(path('absolute path of the root folder')),
    paths: Type.Optional(
      Type.Array(
        Type.Object(
          {
            path: path('absolute path of a root folder'),
            weight: Type.Optional(
              Type.Integer({ description: 'new blobs go where it is greatest; default 0' }),
            ),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, description: 'several root folders instead of path' },
      ),
    ),
    file_mode: Type.Optional(
      Type.String({
        pattern: '^0?[0-7]{3}$',
        description: 'mode of new files in octal, whatever the umask; default 0640 less the umask',
      }),
    ),
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
  if ((config.path === undefined) === (config.paths === undefined)) {
    throw badField('path', 'expected one of path and paths');
  }
  const roots = rootsOf(config).map((root) => root.path);
  for (const [index, root] of roots.entries()) {
    // Blobs of the one would be listed by the other.
    const isInside = roots.some((other, at) => at !== index && `${root}/`.startsWith(`${other}/`));
    if (isInside) throw badField(`paths.${index}.path`, 'is inside another folder of the store');
  }
  const mode = modeOf(config);
  if (mode !== undefined && (mode & OWNER_BITS) !== OWNER_BITS) {
    throw badField('file_mode', 'must let the owner read and write');
  }
  return config;
}

/** Root folders without a slash at their end, as they stand in the configuration. */
export function rootsOf(
  config: FileConfig,
): readonly { readonly path: string; readonly weight: number }[] {
  const roots = config.paths ?? [{ path: config.path ?? '' }];
  return roots.map(({ path: root, weight = 0 }: { path: string; weight?: number }) => ({
    path: root.replace(/\/+$/, ''),
    weight,
  }));
}

export function modeOf(config: FileConfig): number | undefined {
  return config.file_mode === undefined ? undefined : Number.parseInt(config.file_mode, 8);
}
