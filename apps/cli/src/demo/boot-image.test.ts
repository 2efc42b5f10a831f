import { expect, it } from 'vitest';
import { bootSector } from './boot-image.ts';

it('makes a sector that firmware accepts, its code pointing at the message', () => {
  const sector = bootSector();
  expect(sector.subarray(510)).toEqual(Buffer.from([0x55, 0xaa]));
  const message = sector.readUInt16LE(6) - 0x7c00;
  expect(sector.toString('latin1', message, message + 28)).toBe('One Glance for every region.');
});
