import { expect, it } from 'vitest';
import { visibilitiesIn } from './patch-visibilities.ts';

it('finds every visibility that either dialect asks for, in order', () => {
  expect(
    visibilitiesIn([
      { op: 'replace', path: '/visibility', value: 'public' },
      { op: 'add', path: '/visibility', value: 'private' },
      { op: 'add', path: '/other', value: 'community' },
    ]),
  ).toEqual(['public', 'private']);
  expect(
    visibilitiesIn([
      { replace: '/visibility', value: 'community' },
      { replace: '/name', value: 'public' },
    ]),
  ).toEqual(['community']);
});

it('finds none where there is none', () => {
  expect(visibilitiesIn([])).toEqual([]);
  expect(visibilitiesIn([null, 5, { op: 'remove', path: '/visibility' }])).toEqual([]);
  expect(visibilitiesIn({ path: '/visibility', value: 'public' })).toEqual([]);
});
