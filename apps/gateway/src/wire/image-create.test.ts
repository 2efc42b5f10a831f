import { isAppError } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNewImage } from './image-create.ts';
import { parseJson, requireObject } from './json-body.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const defaults = { id: ID, owner: 'p1' };
const create = (body: unknown) =>
  parseNewImage(requireObject(parseJson(JSON.stringify(body))), defaults);
const codeOf = (body: unknown): string => {
  try {
    create(body);
    return 'ok';
  } catch (error) {
    return isAppError(error) ? error.code : 'not an AppError';
  }
};

describe('parseNewImage', () => {
  it('fills in Glance’s defaults', () => {
    expect(create({})).toEqual({
      id: ID,
      name: null,
      visibility: 'shared',
      protected: false,
      osHidden: false,
      owner: 'p1',
      diskFormat: null,
      containerFormat: null,
      minDisk: 0,
      minRam: 0,
      properties: {},
      tags: [],
    });
  });

  it('keeps everything else as custom properties, `__proto__` too', () => {
    const body = '{"name":"n","hw_x":"1","__proto__":"p","constructor":"c","kernel_id":null}';
    const { properties } = parseNewImage(requireObject(parseJson(body)), defaults);
    expect(Object.entries(properties)).toEqual([
      ['hw_x', '1'],
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ]);
  });

  it('takes a tag once', () => {
    expect(create({ tags: ['b', 'a', 'b'] }).tags).toEqual(['b', 'a']);
  });

  it.each(['status', 'checksum', 'size', 'virtual_size', 'created_at', 'updated_at', 'direct_url'])(
    'forbids the read-only %s',
    (name) => expect(codeOf({ [name]: 'x' })).toBe('forbidden'),
  );
  it.each(['self', 'file', 'schema', 'stores', 'os_hash_algo', 'os_hash_value'])(
    'forbids %s',
    (name) => expect(codeOf({ [name]: 'x' })).toBe('forbidden'),
  );
  it.each(['location', 'locations', 'deleted', 'deleted_at', 'os_glance_x', 'os_glance'])(
    'forbids the reserved %s',
    (name) => expect(codeOf({ [name]: 'x' })).toBe('forbidden'),
  );

  it.each([
    [{ id: 'x' }],
    [{ name: 1 }],
    [{ name: 'x'.repeat(256) }],
    [{ disk_format: 'x' }],
    [{ container_format: 1 }],
    [{ visibility: 'x' }],
    [{ visibility: null }],
    [{ protected: 'true' }],
    [{ min_disk: -1 }],
    [{ min_ram: 2 ** 31 }],
    [{ min_ram: 1.5 }],
    [{ min_ram: '1' }],
    [{ tags: 'x' }],
    [{ tags: [1] }],
    [{ tags: ['x'.repeat(256)] }],
    [{ prop: 1 }],
    [{ prop: null }],
    [{ prop: {} }],
    [{ prop: ['x'] }],
    [{ kernel_id: 'x' }],
    [{ cinder_encryption_key_deletion_policy: 'x' }],
    [{ ['x'.repeat(256)]: 'x' }],
    [{ name: '😀' }],
    [{ '😀': 'x' }],
    [{ tags: ['😀'] }],
    [{ prop: '\ud800' }],
    [{ owner: 'x'.repeat(256) }],
  ])('refuses %j', (body) => expect(codeOf(body)).toBe('invalid_request'));

  it('fails with nothing but AppError', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        expect(codeOf(body)).not.toBe('not an AppError');
      }),
    );
  });
});
