import type {
  IdentityConfig,
  KeystoneConfig,
  KeystoneCredentials,
  KeystoneName,
  StaticToken,
} from './config.ts';
import { parseDuration } from './quantities.ts';
import type { ConfigFile } from './schema.ts';
import type { StaticTokensFile } from './schema-identity.ts';

type KeystoneFile = NonNullable<NonNullable<ConfigFile['identity']>['keystone']>;
export type CredentialsFile = KeystoneFile['credentials'];

/** What identity reads from other files than the configuration. */
export interface IdentitySecrets {
  readonly tokens: readonly StaticToken[];
  /** Content of the file that a path names, whole. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

const HOUR_MS = 3_600_000;

/** `file` has passed the schema; what only `checkIdentity` finds out is filled in somehow and refused there. */
export function toIdentityConfig(
  file: ConfigFile['identity'],
  regions: readonly string[],
  secrets: IdentitySecrets,
): IdentityConfig {
  const keystone = file?.keystone;
  return {
    staticTokens: [...toTokens(file?.static_tokens ?? []), ...secrets.tokens],
    keystone:
      keystone === undefined
        ? undefined
        : new Map(regions.map((region) => [region, toKeystone(keystone, region, secrets.files)])),
  };
}

export function toTokens(entries: StaticTokensFile): readonly StaticToken[] {
  return entries.map((entry) => ({
    token: entry.token,
    userId: entry.user_id,
    projectId: entry.project_id,
    roles: lowerCase(entry.roles),
  }));
}

function toKeystone(
  file: KeystoneFile,
  region: string,
  files: IdentitySecrets['files'],
): KeystoneConfig {
  const { regions = {}, ...common } = file;
  const own = regions[region] ?? {};
  const merged = { ...common, ...own };
  const authUrl = withVersion(merged.auth_url);
  // That of another Keystone would send clients to the wrong one.
  const uri = own.auth_url === undefined ? merged.www_authenticate_uri : own.www_authenticate_uri;
  return {
    authUrl,
    wwwAuthenticateUri: uri ?? authUrl,
    credentials: toCredentials(merged.credentials, files),
    ca: merged.ca_file === undefined ? undefined : files.get(merged.ca_file),
    insecure: merged.insecure ?? false,
    cacheMs: (merged.cache_seconds ?? 60) * 1000,
    outageMs: parseDuration(merged.outage_ms ?? HOUR_MS) ?? HOUR_MS,
    timeoutMs: parseDuration(merged.timeout_ms ?? 5000) ?? 5000,
    serviceRoles: lowerCase(merged.service_roles ?? ['service']),
  };
}

function withVersion(url: string): string {
  const base = url.replace(/\/+$/, '');
  return base.endsWith('/v3') ? base : `${base}/v3`;
}

function toCredentials(c: CredentialsFile, files: IdentitySecrets['files']): KeystoneCredentials {
  const secret = (given: string | undefined, file: string | undefined): string =>
    given ?? (file === undefined ? '' : (files.get(file)?.trim() ?? ''));
  const user = nameOf(c.user_id, c.username, c.user_domain_id, c.user_domain_name);
  const { application_credential_id: id, application_credential_name: name } = c;
  if (id !== undefined || name !== undefined) {
    return {
      method: 'application_credential',
      credential: id === undefined ? { name: name ?? '', user } : { id },
      secret: secret(c.application_credential_secret, c.application_credential_secret_file),
    };
  }
  return {
    method: 'password',
    user,
    password: secret(c.password, c.password_file),
    project: nameOf(c.project_id, c.project_name, c.project_domain_id, c.project_domain_name),
  };
}

function nameOf(
  id: string | undefined,
  name: string | undefined,
  domainId: string | undefined,
  domainName = 'Default',
): KeystoneName {
  if (id !== undefined) return { id };
  const domain = domainId === undefined ? { name: domainName } : { id: domainId };
  return { name: name ?? '', domain };
}

function lowerCase(roles: readonly string[]): readonly string[] {
  return roles.map((role) => role.toLowerCase());
}
