import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { parseSwiftConfig, redactSwift } from './config.ts';

const V1 = {
  auth_url: 'https://swift/auth/v1.0',
  auth_version: 'v1',
  user: 'a:u',
  key: 'canary-1',
};
const V3 = {
  auth_url: 'https://keystone:5000/v3',
  credentials: { username: 'u', password: 'canary-2', project_name: 'p' },
};

it.each([
  ['a user of v1 without v1', { ...V3, container: 'c', user: 'u' }, 'user'],
  ['no credentials', { auth_url: 'https://k', container: 'c' }, 'credentials'],
  ['a URL with a user', { ...V1, auth_url: 'https://u:pw@host/', container: 'c' }, 'auth_url'],
  ['a container with a slash', { ...V1, container: 'a/b' }, 'container'],
  [
    'segments among blobs',
    { ...V1, container: 'c', segments_container: 'c' },
    'segments_container',
  ],
  ['an unknown field', { ...V1, container: 'c', colour: 'red' }, 'colour'],
])('refuses %s, naming the field', (_, config, field) => {
  expect(() => parseSwiftConfig(config)).toThrow(expect.objectContaining({ context: { field } }));
});

it('shows no secret', () => {
  const shown = inspect(
    [V1, V3].map((each) =>
      redactSwift(parseSwiftConfig({ ...each, container: 'c', temp_url_key: 'canary-3' })),
    ),
    { depth: null },
  );
  expect(shown).not.toContain('canary');
  expect(shown).toContain("username: 'u'");
});
