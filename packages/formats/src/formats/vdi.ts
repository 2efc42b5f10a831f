import { Doubts, Fields } from '../fields.ts';
import { HEAD_BYTES, type Probe } from '../format.ts';

const SIGNATURE_AT = 0x40;
const SIGNATURE = 0xbeda107f;
const VERSION = 0x00010001;
const DYNAMIC = 1;
const STATIC = 2;
const LINK_AT = 0x1a8;
const PARENT_AT = 0x1b8;
const END = 0x1c8;

/** VirtualBox disk: a little-endian header of 512 bytes (qemu `block/vdi.c` describes it). */
export const vdi: Probe = {
  format: 'vdi',
  // biome-ignore lint/correctness/useYield: the head tells all.
  *inspect(head) {
    if (head.length < SIGNATURE_AT + 4) return undefined;
    const header = new Fields(head);
    if (header.u32le(SIGNATURE_AT) !== SIGNATURE) return undefined;
    const doubts = new Doubts();
    if (head.length < HEAD_BYTES) return doubts.truncated();
    doubts.addIf(header.u32le(0x44) !== VERSION, 'version', 'the version is not known');
    const type = header.u32le(0x4c);
    doubts.addIf(type !== DYNAMIC && type !== STATIC, 'parent', 'the disk is a difference');
    const linked = !header.isZero(LINK_AT, PARENT_AT) || !header.isZero(PARENT_AT, END);
    doubts.addIf(linked, 'parent', 'the disk is based on another one');
    return doubts.finding(header.u64le(0x170));
  },
};
