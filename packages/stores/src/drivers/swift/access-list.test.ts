import type { BlobSubject } from '@parallax/core';
import { expect, it } from 'vitest';
import { accessList } from './access-list.ts';

function listed(visibility: string, members: readonly string[], form: 'v1' | 'v3' = 'v3') {
  // The list looks at nothing else of the image.
  const subject = { image: { visibility }, members } as unknown as BlobSubject;
  return accessList(subject, { admins: ['ops'], form })['x-container-read'];
}

it.each([
  ['private', 'ops:*'],
  ['shared', 'm1:*,m2:*,ops:*'],
  ['community', '*:*,ops:*'],
  ['public', '*:*,ops:*'],
])('lets in whom Glance would: %s', (visibility, expected) => {
  expect(listed(visibility, ['m2', 'm1'])).toBe(expected);
});

it("speaks the words of Swift's own auth", () => {
  expect(listed('shared', ['m1'], 'v1')).toBe('m1,ops');
  expect(listed('public', [], 'v1')).toBe('.r:*,ops');
});
