import { readFile } from 'node:fs/promises';
import { AppError } from '@parallax/core';
import type { KeystoneCredentials, TlsTrust } from '@parallax/runtime';
import { type Static, Type } from 'typebox';
import { badField, readSecret } from '../config-fields.ts';

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 2048, description });

/** How a store logs in at the Keystone of its region. One of the password's and the application credential's fields, or a `*_file` for the secret. */
export const KEYSTONE_FIELDS = {
  auth_url: Type.String({
    pattern: '^https?://[^/@]+(/[^@]*)?$',
    description: 'Keystone of that region, with /v3',
  }),
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
  ca_file: Type.Optional(Text('certificates in PEM that are trusted instead of the system’s')),
  insecure: Type.Optional(Type.Boolean({ description: 'trust any certificate' })),
} as const;
const KEYSTONE_CONFIG = Type.Object(KEYSTONE_FIELDS);
export type KeystoneConfig = Static<typeof KEYSTONE_CONFIG>;

/** `invalid_request` naming the field. */
export function checkKeystone(config: KeystoneConfig): void {
  if (config.application_credential_id === undefined) {
    if (config.username === undefined) throw badField('username', 'is missing');
    if (config.project_name === undefined) throw badField('project_name', 'is missing');
  } else if (config.username !== undefined) {
    throw badField('username', 'must be absent with an application credential');
  }
}

/** Without secrets. */
export function redactKeystone(config: KeystoneConfig): Readonly<Record<string, unknown>> {
  const { password: _, application_credential_secret: __, ...shown } = config;
  return shown;
}

export function keystoneCautions({ insecure }: KeystoneConfig): readonly string[] {
  return insecure === true ? ['insecure: any certificate is believed'] : [];
}

/** `invalid_request` naming the field when a secret is missing. */
export async function credentialsOf(config: KeystoneConfig): Promise<KeystoneCredentials> {
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

/** `invalid_request` when the file cannot be read. */
export async function trustOf({
  ca_file: file,
  insecure = false,
}: KeystoneConfig): Promise<TlsTrust> {
  if (file === undefined) return { insecure };
  const ca = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('invalid_request', 'ca_file: cannot be read', { cause });
  });
  return { ca, insecure };
}
