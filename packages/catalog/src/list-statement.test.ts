import { type ImageQuery, NO_LOCATIONS } from '@parallax/core';
import { expect, it } from 'vitest';
import { listStatement, markerStatement } from './list-statement.ts';

const VIEW = { ranks: new Map(), shown: NO_LOCATIONS };
const newestFirst: ImageQuery['sort'] = [
  { key: 'created_at', direction: 'desc' },
  { key: 'id', direction: 'desc' },
];
const byName: ImageQuery['sort'] = [{ key: 'name', direction: 'asc' }, ...newestFirst];

const query = (more: Partial<ImageQuery> = {}): ImageQuery => ({
  limit: 25,
  sort: newestFirst,
  osHidden: false,
  ...more,
});
const isPrepared = (asked: ImageQuery): boolean =>
  listStatement(asked, { kind: 'project', projectId: 'p' }, { view: VIEW }).common;

it.each([
  ['the default list', query()],
  ['a list by name', query({ sort: byName })],
  ['a list in one order', query({ sort: [{ key: 'size', direction: 'desc' }] })],
  ['an image by its name', query({ in: { name: ['debian'] } })],
  ['a page of one owner', query({ owner: 'p', marker: 'x' })],
])('%s has a prepared statement', (_name, asked) => {
  expect(isPrepared(asked)).toBe(true);
  expect(markerStatement(asked, { kind: 'all' }).common).toBe(true);
});

it.each([
  ['tags', query({ tags: ['lts'] })],
  ['properties', query({ properties: { os_distro: 'debian' } })],
  ['several names', query({ in: { name: ['a', 'b'] } })],
  ['two keys', query({ sort: [{ key: 'status', direction: 'asc' }, ...byName] })],
])('a list by %s is planned for its values', (_name, asked) => {
  expect(isPrepared(asked)).toBe(false);
});
