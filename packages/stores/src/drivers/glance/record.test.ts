import { expect, it } from 'vitest';
import { redactKeystone } from '../../wire/keystone-config.ts';
import { parseGlanceConfig } from './config.ts';
import { subjectOf } from './glance.fixture.ts';
import { changesOf, fieldsOf } from './record.ts';

const ID = '00000000-0000-4000-8000-000000000001';

it('changes nothing in a record that agrees, whatever the order of its tags', () => {
  const wanted = fieldsOf(subjectOf(ID, { tags: ['a', 'b'] }), {});
  const record = { ...wanted, id: ID, status: 'active', tags: ['b', 'a'], stores: 'fast' };
  expect(changesOf(record, wanted)).toEqual([]);
});

it('adds, replaces and removes, and leaves reserved names alone', () => {
  const wanted = fieldsOf(subjectOf(ID, { properties: { 'a/b~c': '1', os_glance_x: '2' } }), {
    ['1'.repeat(32)]: 'mapped',
  });
  const { 'a/b~c': _, ...agreed } = wanted;
  const kept = { parallax_store: 'uuid', os_glance_y: '3', owner: 'p', checksum: 'c' };
  const record = { ...agreed, ...kept, id: ID, status: 'active', name: 'old', stray: '4' };
  expect(changesOf(record, wanted)).toEqual([
    { op: 'add', path: '/a~1b~0c', value: '1' },
    { op: 'replace', path: '/owner', value: 'mapped' },
    { op: 'replace', path: '/name', value: 'parallax test' },
    { op: 'remove', path: '/stray' },
  ]);
});

it('shows no secret of a definition', () => {
  const config = parseGlanceConfig({
    auth_url: 'http://keystone/v3',
    username: 'u',
    password: 'hidden',
    project_name: 'p',
  });
  expect(JSON.stringify(redactKeystone(config))).not.toContain('hidden');
});

it.each([
  ['username', { project_name: 'p' }],
  ['project_name', { username: 'u' }],
  ['username', { username: 'u', application_credential_id: 'a' }],
  ['auth_url', { auth_url: 'http://user:secret@keystone/v3', username: 'u', project_name: 'p' }],
])('names the bad field: %s', (field, fields) => {
  const input = { auth_url: 'http://keystone/v3', ...fields };
  expect(() => parseGlanceConfig(input)).toThrow(
    expect.objectContaining({ code: 'invalid_request', context: { field } }),
  );
});
