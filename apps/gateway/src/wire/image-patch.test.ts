import { type Image, isAppError } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImagePatch, parsePatchType } from './image-patch.ts';
import { parseJson } from './json-body.ts';

const IMAGE: Image = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'old',
  status: 'queued',
  visibility: 'shared',
  protected: false,
  osHidden: false,
  owner: 'p1',
  diskFormat: null,
  containerFormat: null,
  minDisk: 0,
  minRam: 0,
  size: null,
  virtualSize: null,
  checksum: null,
  osHashAlgo: null,
  osHashValue: null,
  properties: { there: 'x' },
  tags: ['t'],
  revision: 1,
  fence: 0,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

const patch = (body: unknown, version: 'v2.0' | 'v2.1' = 'v2.1') =>
  parseImagePatch(version, parseJson(JSON.stringify(body)))(IMAGE, () => undefined);
const codeOf = (body: unknown, version: 'v2.0' | 'v2.1' = 'v2.1'): string => {
  try {
    patch(body, version);
    return 'ok';
  } catch (error) {
    return isAppError(error) ? error.code : 'not an AppError';
  }
};
/** The code of what is known without an image. */
const syntaxOf = (body: unknown): string => {
  try {
    parseImagePatch('v2.1', parseJson(JSON.stringify(body)));
    return 'ok';
  } catch (error) {
    return isAppError(error) ? error.code : 'not an AppError';
  }
};
const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }];
const add = (path: string, value: unknown) => [{ op: 'add', path, value }];
const remove = (path: string) => [{ op: 'remove', path }];

describe('parsePatchType', () => {
  it('knows both types, with parameters', () => {
    expect(parsePatchType('application/openstack-images-v2.1-json-patch; charset=utf-8')).toBe(
      'v2.1',
    );
    expect(parsePatchType('application/openstack-images-v2.0-json-patch')).toBe('v2.0');
  });

  it.each([undefined, '', 'application/json', '__proto__'])(
    'refuses %s and says what it takes',
    (type) => {
      expect(() => parsePatchType(type)).toThrow(
        expect.objectContaining({
          code: 'unsupported_media_type',
          context: {
            acceptPatch:
              'application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch',
          },
        }),
      );
    },
  );
});

describe('parseImagePatch', () => {
  it('gives only what changes', () => {
    expect(patch([])).toEqual({});
    expect(patch(replace('/name', null))).toEqual({ name: null });
    expect(
      patch([
        ...replace('/min_disk', 3),
        ...replace('/tags', ['a', 'b', 'a']),
        ...replace('/os_hidden', true),
        ...add('/visibility', 'private'),
      ]),
    ).toEqual({ minDisk: 3, tags: ['a', 'b'], osHidden: true, visibility: 'private' });
  });

  it('applies operations one after another', () => {
    const { properties } = patch([
      ...add('/a~1b~0c', '1'),
      ...replace('/a~1b~0c', '2'),
      ...remove('/there'),
      ...add('/__proto__', 'p'),
    ]);
    expect(Object.entries(properties ?? {})).toEqual([
      ['a/b~c', '2'],
      ['__proto__', 'p'],
    ]);
  });

  it('overwrites with add in v2.1 and refuses to in v2.0', () => {
    expect(patch(add('/there', 'y')).properties).toEqual({ there: 'y' });
    expect(codeOf([{ add: '/there', value: 'y' }], 'v2.0')).toBe('conflict');
    expect(codeOf([{ add: '/name', value: 'y' }], 'v2.0')).toBe('conflict');
    expect(patch([{ add: '/new', value: 'y' }], 'v2.0').properties).toEqual({
      there: 'x',
      new: 'y',
    });
    expect(patch([{ replace: '/name', value: 'y' }], 'v2.0')).toEqual({ name: 'y' });
    expect(patch([{ remove: '/there' }], 'v2.0').properties).toEqual({});
  });

  it.each([[replace('/absent', 'x')], [remove('/absent')], [replace('/stores', 'a')]])(
    'conflicts: %j',
    (body) => expect(codeOf(body)).toBe('conflict'),
  );

  it.each([
    [remove('/name')],
    [remove('/tags')],
    [add('/locations/-', { url: 'x', metadata: {} })],
    [remove('/locations/0')],
    [replace('/locations', [])],
  ])('forbids %j', (body) => expect(codeOf(body)).toBe('forbidden'));

  it.each([
    [true, "It's not allowed to remove locations: they are kept by the service."],
    [false, "It's not allowed to remove locations if locations are invisible."],
  ])('says of locations why they cannot be changed; shown: %s', (shown, message) => {
    const body = parseJson(JSON.stringify(remove('/locations/0')));
    const apply = parseImagePatch('v2.1', body, shown);
    expect(() => apply(IMAGE, () => undefined)).toThrow(message);
  });

  it.each([
    'created_at',
    'updated_at',
    'status',
    'checksum',
    'size',
    'virtual_size',
    'direct_url',
    'self',
    'file',
    'schema',
    'id',
    'os_hash_algo',
    'os_hash_value',
    'location',
    'deleted',
    'deleted_at',
    'os_glance_import_task',
  ])('forbids %s before there is an image', (name) => {
    expect(syntaxOf(replace(`/${name}`, 'x'))).toBe('forbidden');
    expect(syntaxOf(remove(`/${name}`))).toBe('forbidden');
  });

  it.each([
    [{}],
    [{ op: 'add', path: '/a', value: 'x' }],
    [[1]],
    [[null]],
    [[[]]],
    [[{}]],
    [[{ op: 'test', path: '/a', value: 'x' }]],
    [[{ op: 'move', path: '/a', from: '/b' }]],
    [[{ op: 'add', value: 'x' }]],
    [[{ op: 'add', path: '/a' }]],
    [[{ op: 'add', path: 1, value: 'x' }]],
    [add('a', 'x')],
    [add('/', 'x')],
    [add('', 'x')],
    [add('/a/', 'x')],
    [add('//a', 'x')],
    [add('/~', 'x')],
    [add('/~2', 'x')],
    [add('/tags/-', 'x')],
    [add('/locations', [])],
    [replace('/locations/0', {})],
    [add('/extra_properties', 'x')],
    [add('/member', 'x')],
    [add('/a', 1)],
    [add('/a', null)],
    [add('/name', 1)],
    [add('/disk_format', 'x')],
    [add('/min_ram', -1)],
    [add(`/${'x'.repeat(256)}`, 'x')],
    [add('/a', '😀')],
    [add('/kernel_id', 'x')],
  ])('refuses %j before there is an image', (body) => {
    expect(syntaxOf(body)).toBe('invalid_request');
  });

  it.each([[[{}]], [[{ add: '/a', remove: '/a', value: 'x' }]]])('refuses %j in v2.0', (body) => {
    expect(codeOf(body, 'v2.0')).toBe('invalid_request');
  });

  it('takes 256 operations and no more', () => {
    const many = (count: number) => Array.from({ length: count }, () => add('/a', 'x')[0]);
    expect(codeOf(many(256))).toBe('ok');
    expect(codeOf(many(257))).toBe('too_large');
  });

  it('takes a null kernel_id for none', () => {
    expect(patch(add('/kernel_id', null)).properties).toEqual({ there: 'x' });
  });

  it('fails with nothing but AppError', () => {
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'x'),
        path: fc.string().map((p) => `/${p}`),
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(operation)), (body) => {
        fc.pre(typeof body === 'object' && body !== null);
        expect(codeOf(body)).not.toBe('not an AppError');
      }),
    );
  });
});

it('asks for each property what is done to it, before it is done', () => {
  const asked: string[] = [];
  const apply = parseImagePatch(
    'v2.1',
    parseJson(
      JSON.stringify([
        { op: 'add', path: '/fresh', value: 'a' },
        { op: 'add', path: '/fresh', value: 'b' },
        { op: 'replace', path: '/fresh', value: 'b' },
        { op: 'remove', path: '/fresh' },
        { op: 'replace', path: '/name', value: 'no property' },
      ]),
    ),
  );
  apply(IMAGE, (operation, property) => asked.push(`${operation} ${property}`));
  expect(asked).toEqual(['create fresh', 'update fresh', 'update fresh', 'delete fresh']);
});
