import { expect, it } from 'vitest';
import { findStale, findUncovered } from './coverage.ts';
import { row } from './row.ts';

const commands = { 'glance image-show': ['--human-readable'], 'glance image-list': ['--limit'] };
const rows = [row('a row', 'glance image-list --limit 1')];

it('names the commands and options that nobody tries', () => {
  expect(findUncovered(commands, rows, {})).toEqual(['uncovered command glance image-show']);
  const shown = [...rows, row('another', 'admin$ glance image-show $image')];
  expect(findUncovered(commands, shown, {})).toEqual([
    'uncovered option glance image-show --human-readable',
  ]);
});

it('takes an excuse once, and names those that excuse nothing', () => {
  const excuses = { 'glance image-show': 'x', '--limit': 'x', 'glance image-list --gone': 'x' };
  expect(findUncovered(commands, rows, excuses)).toEqual([]);
  expect(findStale(commands, rows, excuses)).toEqual(['--limit', 'glance image-list --gone']);
});
