import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BASE, folder, load, refusal, STORE } from './load-config.fixture.ts';

const KEYSTONE = `identity:
  keystone:
    auth_url: http://keystone:5000/
    credentials: { username: parallax, password: pw, project_name: service }
`;

it('fills in what Keystone needs', () => {
  const { identity } = load(`${BASE}${STORE}${KEYSTONE}`);
  expect(identity.staticTokens).toEqual([]);
  expect([...(identity.keystone ?? [])]).toEqual([
    [
      'east',
      {
        authUrl: 'http://keystone:5000/v3',
        wwwAuthenticateUri: 'http://keystone:5000/v3',
        credentials: {
          method: 'password',
          user: { name: 'parallax', domain: { name: 'Default' } },
          password: 'pw',
          project: { name: 'service', domain: { name: 'Default' } },
        },
        ca: undefined,
        insecure: false,
        cacheMs: 60_000,
        outageMs: 3_600_000,
        timeoutMs: 5000,
        serviceRoles: ['service'],
      },
    ],
  ]);
});

it('knows a Keystone and credentials per region, from files beside it', () => {
  writeFileSync(join(folder, 'pw'), 'from-file\n');
  writeFileSync(join(folder, 'ca.pem'), 'certificate\n');
  const { identity } = load(`${BASE}${STORE}other_regions: [west, north]
identity:
  keystone:
    auth_url: https://east:5000/v3
    www_authenticate_uri: https://public/v3
    ca_file: ca.pem
    credentials: { user_id: u1, password_file: pw, project_id: p1 }
    service_roles: [Service, nova]
    cache_seconds: 0
    outage_ms: 5 min
    timeout_ms: 2 s
    regions:
      west:
        auth_url: https://west/identity
        credentials: { application_credential_id: ac1, application_credential_secret_file: pw }
      north:
        credentials:
          application_credential_name: ac
          application_credential_secret: s
          username: u
          user_domain_id: d1
`);
  const at = (region: string) => identity.keystone?.get(region);
  expect(at('east')).toMatchObject({
    wwwAuthenticateUri: 'https://public/v3',
    credentials: { user: { id: 'u1' }, password: 'from-file', project: { id: 'p1' } },
    ca: 'certificate\n',
    cacheMs: 0,
    outageMs: 300_000,
    timeoutMs: 2000,
    serviceRoles: ['service', 'nova'],
  });
  expect(at('west')).toMatchObject({
    authUrl: 'https://west/identity/v3',
    wwwAuthenticateUri: 'https://west/identity/v3',
    credentials: { credential: { id: 'ac1' }, secret: 'from-file' },
    ca: 'certificate\n',
  });
  expect(at('north')).toMatchObject({
    authUrl: 'https://east:5000/v3',
    wwwAuthenticateUri: 'https://public/v3',
    credentials: { credential: { name: 'ac', user: { name: 'u', domain: { id: 'd1' } } } },
  });
});

it.each([
  [
    'a Keystone beside static tokens',
    `${KEYSTONE}  static_tokens: [{ token: t, user_id: u, project_id: p, roles: [x] }]\n`,
    'parallax.yaml:7: identity.keystone: expected static tokens or keystone, not both',
  ],
  [
    'the old API',
    KEYSTONE.replace(':5000/', ':5000/v2.0'),
    'parallax.yaml:8: identity.keystone.auth_url: expected the Identity API v3; v2.0 is gone since 2018',
  ],
  [
    'a URL with a password',
    KEYSTONE.replace('keystone:5000/', 'u:hunter22@keystone:5000/'),
    'parallax.yaml:8: identity.keystone.auth_url: expected a URL without user, query and fragment',
  ],
  [
    'credentials without a secret',
    KEYSTONE.replace('password: pw, ', ''),
    'parallax.yaml:9: identity.keystone.credentials.password: expected one of password and password_file: its password',
  ],
  [
    'credentials of both forms',
    KEYSTONE.replace(
      'username: parallax',
      'application_credential_id: a, application_credential_secret: s',
    ).replace('project_name: service', 'project_id: p'),
    'parallax.yaml:9: identity.keystone.credentials.password: not used with an application credential',
  ],
  [
    'a file that is not there',
    KEYSTONE.replace('password: pw', 'password_file: absent'),
    /^parallax\.yaml:9: identity\.keystone\.credentials\.password_file: cannot be read: ENOENT/,
  ],
  [
    'a region nobody knows',
    `${KEYSTONE}    regions: { wset: {} }\nother_regions: [west]\n`,
    'parallax.yaml:10: identity.keystone.regions.wset: unknown region: expected one of east, west; did you mean west?',
  ],
  [
    'an age beyond a minute',
    `${KEYSTONE}    cache_seconds: 300\n`,
    'parallax.yaml:10: identity.keystone.cache_seconds: expected a whole number from 0 to 60; got a number that is not',
  ],
])('refuses %s', (_, text, line) => {
  const [first] = refusal(BASE + STORE + text);
  if (typeof line === 'string') expect(first).toBe(line);
  else expect(first).toMatch(line);
  expect(first).not.toMatch(/hunter22/);
});
