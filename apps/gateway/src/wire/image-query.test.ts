import { isAppError } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTextFilter } from './filter-values.ts';
import { imagePageJson } from './image-page.ts';
import { parseImageQuery } from './image-query.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const query = (text: string) => parseImageQuery(new URLSearchParams(text));
const codeOf = (text: string): string => {
  try {
    query(text);
    return 'ok';
  } catch (error) {
    return isAppError(error) ? error.code : 'not an AppError';
  }
};
const NEWEST = [
  { key: 'created_at', direction: 'desc' },
  { key: 'id', direction: 'desc' },
];

describe('parseImageQuery', () => {
  it('has Glance’s defaults', () => {
    expect(query('')).toEqual({ limit: 25, sort: NEWEST, osHidden: false });
  });

  it.each([
    ['limit=0', { limit: 0 }],
    ['limit=5000', { limit: 1000 }],
    [`marker=${ID}`, { marker: ID }],
    ['name=a', { in: { name: ['a'] } }],
    ['name=in:a,%22b,c%22', { in: { name: ['a', 'b,c'] } }],
    [
      'status=eq:active&disk_format=in:raw,qcow2',
      { in: { status: ['active'], disk_format: ['raw', 'qcow2'] } },
    ],
    [`id=in:${ID},x`, { in: { id: [ID] } }],
    ['name=a&name=b', { in: { name: ['b'] } }],
    [
      'created_at=gt:2026-01-02T03:04:05Z',
      { createdAt: [{ op: 'gt', at: new Date('2026-01-02T03:04:05Z') }] },
    ],
    [
      'updated_at=2026-01-02T03:04:05Z',
      { updatedAt: [{ op: 'eq', at: new Date('2026-01-02T03:04:05Z') }] },
    ],
    [
      'updated_at=neq:2026-01-02',
      { updatedAt: [{ op: 'neq', at: new Date('2026-01-02T00:00:00Z') }] },
    ],
    [
      'updated_at=lte:2026-01-02T03:04:05+02:00',
      { updatedAt: [{ op: 'lte', at: new Date('2026-01-02T01:04:05Z') }] },
    ],
    [
      'updated_at=lt:2026-01-02T03:04:05.678901',
      { updatedAt: [{ op: 'lt', at: new Date('2026-01-02T03:04:05.678Z') }] },
    ],
    ['size_min=1&size_max=2', { atLeast: { size: 1 }, atMost: { size: 2 } }],
    ['size_min=-1&min_ram_min=2', { atLeast: { size: -1, min_ram: 2 } }],
    ['limit=%2B1', { limit: 1 }],
    ['visibility=all', { visibility: 'all' }],
    ['owner=p', { owner: 'p' }],
    ['tag=a&tag=b&tag=a', { tags: ['a', 'b'] }],
    ['member_status=pending', { memberStatus: 'pending' }],
    ['os_hidden=True', { osHidden: true }],
    ['protected=True', { protected: true }],
    ['protected=false', { protected: false }],
    ['checksum=abc&min_ram=2', { equals: { checksum: 'abc', min_ram: 2 } }],
    ['deleted=true', {}],
    ['page_size=2&hw_x=y', { properties: { page_size: '2', hw_x: 'y' } }],
    ['__proto__=a', { properties: { ['__proto__']: 'a' } }],
  ])('reads %s', (text, expected) => {
    expect(query(text)).toEqual({ limit: 25, sort: NEWEST, osHidden: false, ...expected });
  });

  it.each([
    'limit=-1',
    'limit=x',
    'limit=',
    'marker=x',
    'name=foo:bar',
    'name=in:%22a',
    'name=in:%22a%22b',
    'name=in:a%22b',
    'created_at=x',
    'created_at=foo:2026-01-01T00:00:00Z',
    'created_at=2026-02-31',
    'created_at=2026-13-01',
    'size_min=x',
    'foo_max=1',
    'min_disk=2147483648',
    'size=x',
    'visibility=x',
    'member_status=x',
    'os_hidden=x',
    'protected=1',
    'changes-since=2026-01-01',
    'locations=x',
    'members=x',
    'name=%00',
    'tag=%00&tag=a',
    'sort_key=owner',
    'sort_dir=up',
    'sort_key=name&sort_dir=asc&sort_dir=asc',
    'sort=name:up',
    'sort=name:asc:x',
    'sort=owner',
    'sort=name&sort_key=name',
  ])('refuses %s', (text) => expect(codeOf(text)).toBe('invalid_request'));

  it.each([
    ['sort_key=name', 'name:desc created_at:desc id:desc'],
    ['sort_key=name&sort_dir=asc', 'name:asc created_at:asc id:asc'],
    [
      'sort_key=name&sort_key=size&sort_dir=asc&sort_dir=desc',
      'name:asc size:desc created_at:desc id:desc',
    ],
    ['sort_dir=asc', 'created_at:asc id:asc'],
    ['sort=name:asc,size', 'name:asc size:desc created_at:desc id:desc'],
    ['sort=id:asc', 'id:asc created_at:asc'],
    ['sort=name,name:asc', 'name:desc created_at:desc id:desc'],
  ])('orders by %s', (text, order) => {
    expect(
      query(text)
        .sort.map(({ key, direction }) => `${key}:${direction}`)
        .join(' '),
    ).toBe(order);
  });

  it('fails with nothing but AppError', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'name',
        'id',
        'created_at',
        'size',
        'limit',
        'marker',
        'sort',
        'tag',
        'protected',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
        expect(codeOf(new URLSearchParams(pairs).toString())).not.toBe('not an AppError');
      }),
    );
  });
});

describe('parseTextFilter', () => {
  it('gives back what was quoted', () => {
    const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
        expect(parseTextFilter(`in:${values.map(quote).join(',')}`)).toEqual(values);
      }),
    );
  });
});

describe('imagePageJson', () => {
  it('keeps repeated keys in its links', () => {
    const page = imagePageJson(
      { json: '[{"id":"x"}]', next: 'x' },
      new URLSearchParams('tag=a&tag=b&limit=1&marker=w'),
    );
    expect(JSON.parse(page)).toEqual({
      images: [{ id: 'x' }],
      first: '/v2/images?tag=a&tag=b&limit=1',
      next: '/v2/images?tag=a&tag=b&limit=1&marker=x',
      schema: '/v2/schemas/images',
    });
  });

  it('has no next after the last page', () => {
    expect(
      JSON.parse(imagePageJson({ json: '[]', next: undefined }, new URLSearchParams())),
    ).toEqual({ images: [], first: '/v2/images', schema: '/v2/schemas/images' });
  });
});
