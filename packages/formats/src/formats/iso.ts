import { Doubts, Fields, hasText } from '../fields.ts';
import type { Probe } from '../format.ts';

const SECTOR = 2048;
const FIRST = 16 * SECTOR;
const PRIMARY = 1;
const IDENTIFIERS = ['CD001', 'BEA01', 'NSR02', 'NSR03'];

/** ISO 9660 (ECMA-119 §8) and UDF (ECMA-167 part 2): volume descriptors from sector 16 on. A hybrid one has a partition table too. */
export const iso: Probe = {
  format: 'iso',
  *inspect() {
    const descriptor = yield { start: FIRST, length: SECTOR };
    if (descriptor.length < SECTOR) return undefined;
    if (!IDENTIFIERS.some((identifier) => hasText(descriptor, 1, identifier))) return undefined;
    const volume = new Fields(descriptor);
    // Without a primary volume (UDF alone) the medium is as long as the file.
    const sized = hasText(descriptor, 1, 'CD001') && volume.u8(0) === PRIMARY;
    const bytes = BigInt(volume.u32le(80)) * BigInt(volume.u16le(128));
    const finding = new Doubts().finding(bytes, { showsDisk: true });
    return sized ? finding : { ...finding, virtualSize: (size) => size };
  },
};
