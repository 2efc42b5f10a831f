import { expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';

it('is the checksum of RFC 3720, with four bytes taken for zero', () => {
  expect(crc32c(new Uint8Array(32), 0)).toBe(0x8a9136aa);
  expect(crc32c(new TextEncoder().encode('123456789'), 100)).toBe(0xe3069283);
  const bytes = new Uint8Array(32).fill(9, 4, 8);
  expect(crc32c(bytes, 4)).toBe(0x8a9136aa);
});
