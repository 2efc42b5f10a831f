import { CHUNK_BYTES } from '@parallax/core';
import { type Static, Type } from 'typebox';
import { badField, parseFields } from '../../config-fields.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const url = (description: string) =>
  Type.String({ pattern: '^https?://[^/@?#]+[^@?#]*$', maxLength: 2048, description });

const CREDENTIALS = Type.Object(
  {
    username: text('user by name'),
    user_id: text('or by id'),
    user_domain_name: text('default: Default'),
    user_domain_id: text('domain of the user'),
    password: text('or password_file'),
    password_file: text('file with the password'),
    project_name: text('project by name'),
    project_id: text('or by id'),
    project_domain_name: text('default: Default'),
    project_domain_id: text('domain of the project'),
    application_credential_id: text('instead of user, password and project'),
    application_credential_name: text('with username'),
    application_credential_secret: text('or application_credential_secret_file'),
    application_credential_secret_file: text('file with the secret'),
  },
  { additionalProperties: false },
);
export type CredentialFields = Static<typeof CREDENTIALS>;

const SWIFT_CONFIG = Type.Object(
  {
    auth_url: url('where tokens are had: /auth/v1.0, or the base of Keystone v3'),
    auth_version: Type.Optional(
      Type.Union([Type.Literal('v1'), Type.Literal('v3')], { description: 'default v3' }),
    ),
    user: text('with auth_version v1: account:user'),
    key: text('or key_file'),
    key_file: text('file with the key of the user'),
    credentials: Type.Optional(CREDENTIALS),
    region_name: text('region in the catalog; default: the first that has the service'),
    interface: Type.Optional(
      Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('admin')], {
        description: 'default public',
      }),
    ),
    service_type: text('in the catalog; default object-store'),
    storage_url: Type.Optional(url('of the account, instead of what tokens and catalog say')),
    container: Type.String({ pattern: '^[^/]+$', maxLength: 200, description: 'for the blobs' }),
    segments_container: Type.Optional(
      Type.String({
        pattern: '^[^/]+$',
        maxLength: 256,
        description: 'default: CONTAINER_segments',
      }),
    ),
    create_container: flag('make missing containers at first use; default true'),
    multi_tenant: flag("objects lie in their owner's account, one container each"),
    admin_tenants: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'projects that may write as well' }),
    ),
    ca_file: text('certificates to trust instead of those of the system'),
    insecure: flag('believe any certificate'),
    segment_size: Type.Optional(
      Type.Integer({ minimum: CHUNK_BYTES, description: 'bytes, at least; rounded up to 8 MiB' }),
    ),
    temp_url: flag('hand out temporary URLs for reads'),
    temp_url_key: text('or temp_url_key_file'),
    temp_url_key_file: text('file with the key of the account'),
  },
  { additionalProperties: false },
);
export type SwiftConfig = Static<typeof SWIFT_CONFIG>;

/** `invalid_request` naming the field. */
export function parseSwiftConfig(input: unknown): SwiftConfig {
  const config = parseFields(SWIFT_CONFIG, input, 'swift');
  const isV1 = config.auth_version === 'v1';
  if (isV1 && config.user === undefined) throw badField('user', 'is missing');
  if (isV1 && config.credentials !== undefined) throw badField('credentials', 'are for v3');
  if (!isV1 && config.credentials === undefined) throw badField('credentials', 'is missing');
  if (!isV1 && config.user !== undefined) throw badField('user', 'is for auth_version v1');
  if (config.segments_container === config.container) {
    throw badField('segments_container', 'must be another than container');
  }
  if (config.multi_tenant === true && config.segments_container !== undefined) {
    throw badField('segments_container', 'is not used with multi_tenant');
  }
  return config;
}

const SECRETS: ReadonlySet<string> = new Set([
  'key',
  'password',
  'application_credential_secret',
  'temp_url_key',
]);

/** What may be shown or logged: everything but secrets. */
export function redactSwift(config: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (SECRETS.has(name)) return [name, '***'];
      return [name, name === 'credentials' ? redactSwift(value) : value];
    }),
  );
}

export function cautionsOf(config: SwiftConfig): readonly string[] {
  return [
    ...(config.insecure === true ? ['insecure: any certificate of Swift is believed'] : []),
    ...(/^http:/.test(config.storage_url ?? config.auth_url)
      ? ['tokens pass over plain http']
      : []),
  ];
}
