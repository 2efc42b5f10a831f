import type { Config } from './config.ts';
import type { CredentialsFile } from './convert-identity.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ConfigFile } from './schema.ts';
import type { Fault } from './validate.ts';

type Path = Fault['path'];

/** What the schema cannot say of `identity`. */
export function checkIdentity(
  { identity }: ConfigFile,
  { identity: { staticTokens }, knownRegions }: Config,
): readonly Fault[] {
  const at: Path = ['identity', 'keystone'];
  const keystone = identity?.keystone;
  const faults: Fault[] = checkTokens(staticTokens.map(({ token }) => token));
  if (keystone === undefined) return faults;
  if (staticTokens.length > 0) {
    faults.push({ path: at, message: 'expected static tokens or keystone, not both' });
  }
  faults.push(
    ...checkUrl([...at, 'auth_url'], keystone.auth_url),
    ...checkCredentials([...at, 'credentials'], keystone.credentials),
  );
  for (const [region, own] of Object.entries(keystone.regions ?? {})) {
    const here: Path = [...at, 'regions', region];
    if (!knownRegions.includes(region)) {
      const guess = didYouMean(region, knownRegions);
      const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
      faults.push({
        path: here,
        message: `unknown region: expected one of ${knownRegions.join(', ')}${hint}`,
      });
    }
    if (own.auth_url !== undefined) faults.push(...checkUrl([...here, 'auth_url'], own.auth_url));
    if (own.credentials !== undefined) {
      faults.push(...checkCredentials([...here, 'credentials'], own.credentials));
    }
  }
  return faults;
}

function checkTokens(all: readonly string[]): Fault[] {
  const twice = new Set(all).size !== all.length;
  return twice ? [{ path: ['identity'], message: 'two static tokens are the same' }] : [];
}

function checkUrl(path: Path, text: string): Fault[] {
  if (!URL.canParse(text))
    return [{ path, message: 'expected a URL such as https://keystone:5000/v3' }];
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return [{ path, message: 'expected a URL without user, query and fragment' }];
  return /\/v2(\.0)?\/*$/.test(url.pathname)
    ? [{ path, message: 'expected the Identity API v3; v2.0 is gone since 2018' }]
    : [];
}

/** Either a user with a password in a project, or an application credential with its secret. */
function checkCredentials(path: Path, c: CredentialsFile): Fault[] {
  const faults: Fault[] = [];
  const one = (what: string, ...fields: readonly (keyof CredentialsFile)[]): void => {
    const given = fields.filter((field) => c[field] !== undefined);
    if (given.length === 1) return;
    const [first = 'password'] = given.length === 0 ? fields : given;
    const amount = given.length === 0 ? 'one of' : 'only one of';
    faults.push({
      path: [...path, first],
      message: `expected ${amount} ${fields.join(' and ')}: ${what}`,
    });
  };
  const byCredential =
    c.application_credential_id !== undefined || c.application_credential_name !== undefined;
  if (byCredential) {
    one('which credential', 'application_credential_id', 'application_credential_name');
    one('its secret', 'application_credential_secret', 'application_credential_secret_file');
    if (c.application_credential_name !== undefined) one('whose it is', 'username', 'user_id');
    for (const field of ['password', 'password_file', 'project_name', 'project_id'] as const) {
      if (c[field] !== undefined)
        faults.push({ path: [...path, field], message: 'not used with an application credential' });
    }
    return faults;
  }
  one('who this service is', 'username', 'user_id');
  one('its password', 'password', 'password_file');
  one('the project it acts in', 'project_name', 'project_id');
  return faults;
}
