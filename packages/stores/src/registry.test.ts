import { expect, it } from 'vitest';
import { fileDriver } from './drivers/file/driver.ts';
import { createRegistry } from './registry.ts';

const definition = (id: string, config: unknown, kind = 'file') => ({ id, kind, config });

it('opens stores by the driver of their kind, in order', async () => {
  const definitions = [
    definition('b', { path: '/b', shared: true }),
    definition('a', { path: '/a' }),
  ];
  const registry = await createRegistry([fileDriver], definitions);
  expect(registry.list().map((store) => store.id)).toEqual(['b', 'a']);
  expect(registry.find('a')?.kind).toBe('file');
  expect(registry.find('c')).toBeUndefined();
  await registry.close();
});

it('wraps every store in the layer it is given', async () => {
  const wrapped: string[] = [];
  await createRegistry([fileDriver], [definition('a', { path: '/a' })], {
    layer: (store) => {
      wrapped.push(store.id);
      return store;
    },
  });
  expect(wrapped).toEqual(['a']);
});

it.each([
  ['a missing field', definition('a', {}), 'store a: path: expected one of path and paths'],
  ['a relative path', definition('a', { path: 'x' }), /^store a: path: must match/],
  ['an unknown field', definition('a', { path: '/a', mode: 1 }), /^store a: mode: is not a field/],
  ['a wrong type', definition('a', { path: '/a', shared: 'yes' }), /^store a: shared: must be/],
  [
    'a shared root of one node',
    definition('a', { path: '/a', shared: true, node: 'n' }),
    /a: node:/,
  ],
  ['no configuration', definition('a', undefined), /^store a: must be object/],
  ['an unknown kind', definition('a', {}, 'tape'), 'store a: kind: tape is none of file'],
])('refuses %s, naming it', async (_, bad, message) => {
  await expect(createRegistry([fileDriver], [bad])).rejects.toMatchObject({
    code: 'invalid_request',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

it('passes on what is weak in a definition', async () => {
  const told: string[] = [];
  const weak = { ...fileDriver, cautions: () => ['anyone may read it'] };
  const caution = (...of: readonly string[]) => void told.push(of.join(': '));
  await createRegistry([weak], [definition('a', { path: '/a' })], { caution });
  expect(told).toEqual(['a: anyone may read it']);
});

it('refuses an id that is used twice', async () => {
  const twice = [definition('a', { path: '/a' }), definition('a', { path: '/b' })];
  await expect(createRegistry([fileDriver], twice)).rejects.toMatchObject({
    message: 'store a: the id is used twice',
  });
});
