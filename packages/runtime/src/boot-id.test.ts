import { expect, it } from 'vitest';
import { bootId, readBootId } from './boot-id.ts';

it('stays the same for as long as the machine runs', () => {
  expect(bootId()).toBe(bootId());
  expect(bootId()).not.toBe('');
});

it('falls back to the time of the start', () => {
  expect(readBootId('/absent')).toMatch(/^start-\d+$/);
});
