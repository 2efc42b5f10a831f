import type { KeystoneCredentials } from '@parallax/runtime';
import { type Static, Type } from 'typebox';
import { badField, parseFields, readSecret } from '../../config-fields.ts';

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 2048, description });
const Url = (description: string) =>
  Type.String({ pattern: '^https?://[^/@]+(/[^@]*)?$', description });

/** What a `glance` store needs to start. One of the password's and the application credential's fields, or a `*_file` for the secret. */
const GLANCE_CONFIG = Type.Object(
  {
    auth_url: Url('Keystone of that region, with /v3'),
    endpoint: Type.Optional(Url('base URL of its Glance; absent: from the catalog of services')),
    region_name: Type.Optional(Text('region in the catalog of services')),
    interface: Type.Optional(
      Type.Union([Type.Literal('public'), Type.Literal('internal'), Type.Literal('admin')]),
    ),
    username: Type.Optional(Text('user of the service')),
    user_domain_name: Type.Optional(Text('default: Default')),
    project_name: Type.Optional(Text('project of the service')),
    project_domain_name: Type.Optional(Text('default: Default')),
    password: Type.Optional(Text('or password_file')),
    password_file: Type.Optional(Text('file that holds the password')),
    application_credential_id: Type.Optional(Text('instead of user and project')),
    application_credential_secret: Type.Optional(Text('or application_credential_secret_file')),
    application_credential_secret_file: Type.Optional(Text('file that holds the secret')),
    backend: Type.Optional(Text('store of that Glance for the bytes; absent: its default')),
    owner_map: Type.Optional(
      Type.Record(Type.String(), Text('project id there'), {
        description: 'our project id to the one there; others keep theirs',
      }),
    ),
    ca_file: Type.Optional(Text('certificates in PEM that are trusted instead of the system’s')),
    insecure: Type.Optional(Type.Boolean({ description: 'trust any certificate' })),
  },
  { additionalProperties: false },
);
export type GlanceConfig = Static<typeof GLANCE_CONFIG>;

/** `invalid_request` naming the field. */
export function parseGlanceConfig(input: unknown): GlanceConfig {
  const config = parseFields(GLANCE_CONFIG, input, 'glance');
  if (config.application_credential_id === undefined) {
    if (config.username === undefined) throw badField('username', 'is missing');
    if (config.project_name === undefined) throw badField('project_name', 'is missing');
  } else if (config.username !== undefined) {
    throw badField('username', 'must be absent with an application credential');
  }
  return config;
}

/** Without secrets. */
export function redactGlanceConfig(config: GlanceConfig): Readonly<Record<string, unknown>> {
  const { password: _, application_credential_secret: __, ...shown } = config;
  return shown;
}

/** `invalid_request` naming the field when a secret is missing. */
export async function credentialsOf(config: GlanceConfig): Promise<KeystoneCredentials> {
  const { application_credential_id: id } = config;
  if (id !== undefined) {
    const secret = await readSecret(config, 'application_credential_secret');
    return { method: 'application_credential', credential: { id }, secret };
  }
  const domainOf = (name = 'Default') => ({ domain: { name } });
  return {
    method: 'password',
    user: { name: config.username ?? '', ...domainOf(config.user_domain_name) },
    password: await readSecret(config, 'password'),
    project: { name: config.project_name ?? '', ...domainOf(config.project_domain_name) },
  };
}
