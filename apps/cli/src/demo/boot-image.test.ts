import { expect, it } from 'vitest';
import { bootSector } from './boot-image.ts';

it('makes a sector that firmware accepts, its code pointing at the message', () => {
  const sector = bootSector();
  expect(sector.subarray(510)).toEqual(Buffer.from([0x55, 0xaa]));
  // One active partition: without any, the table would be taken for a broken one.
  const table = [...sector.subarray(446, 510)];
  expect([table[0], table[4], sector.readUInt32LE(454)]).toEqual([0x80, 0x83, 2048]);
  expect(table.slice(16)).toEqual(new Array<number>(48).fill(0));
  const message = sector.readUInt16LE(6) - 0x7c00;
  expect(sector.toString('latin1', message, message + 28)).toBe('One Glance for every region.');
});
