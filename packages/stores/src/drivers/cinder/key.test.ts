import { expect, it } from 'vitest';
import { keyMarks, keyOfLocation, keyOfMarks, locationUrl, volumeName } from './key.ts';

const VOLUME = '00000000-0000-4000-8000-000000000001';

it.each(['aa/image.1', 'snö ☃ 😀', `aa/${'é'.repeat(500)}`])(
  'keeps a key in metadata, in pieces that fit: %s',
  (key) => {
    const marks = keyMarks(key);
    expect(Object.values(marks).every((value) => value.length <= 255)).toBe(true);
    expect(keyOfMarks(marks)).toBe(key);
    expect(volumeName(key).length).toBeLessThanOrEqual(255);
  },
);

it('takes no key from marks that do not agree', () => {
  const marks = keyMarks('aa/image.1');
  expect(keyOfMarks({ ...marks, parallax_key_0: 'aa%2Fimage.2' })).toBeUndefined();
  expect(keyOfMarks({ ...marks, parallax_key_0: '%' })).toBeUndefined();
  expect(keyOfMarks({})).toBeUndefined();
});

it.each([
  [`cinder://${VOLUME}`, VOLUME],
  [`cinder://volumes/${VOLUME}`, VOLUME],
  ['cinder://volumes/aa/image.1', 'aa/image.1'],
  [`cinder://others/${VOLUME}`, undefined],
  ['cinder://volumes', undefined],
  ['cinder://volumes/../x', undefined],
  ['cinder://volumes/%', undefined],
  [`rbd://volumes/${VOLUME}`, undefined],
])('reads the location %s', (url, key) => {
  expect(keyOfLocation('volumes', url)).toBe(key);
});

it('writes locations as Glance does', () => {
  expect(locationUrl('volumes', VOLUME)).toBe(`cinder://volumes/${VOLUME}`);
});
