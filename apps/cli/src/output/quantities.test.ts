import { expect, it } from 'vitest';
import { formatBytes, formatSeconds } from './quantities.ts';
import { table } from './table.ts';

it('writes sizes and times as people do', () => {
  expect([0, 1023, 1536, 5 * 1024 ** 4].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '5.0 TiB',
  ]);
  expect([0.4, 59, 90, 7_265].map(formatSeconds)).toEqual([
    '0 s',
    '59 s',
    '1 min 30 s',
    '2 h 1 min',
  ]);
});

it('makes columns as wide as their widest cell', () => {
  expect(table(['A', 'LONG'], [['wide', 'x']])).toBe('A     LONG\nwide  x');
});
