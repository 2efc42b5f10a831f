import { Doubts, Fields, hasText, latin1 } from '../fields.ts';
import {
  type Finding,
  HEAD_BYTES,
  type Inspection,
  type Probe,
  REGION_BYTES,
  type Wanted,
} from '../format.ts';
import { checkDescriptor, isDescriptor, mayBeText } from './vmdk-descriptor.ts';

const SECTOR = 512;
const HEADER_BYTES = 79;
const DESCRIPTOR_SECTOR = 1n;
const AT_END = 0xffff_ffff_ffff_ffffn;
const FOOTER_BYTES = 3 * SECTOR;
const END_OF_STREAM = 0;
const FOOTER_MARKER = 3;

/** VMware disk (Virtual Disk Format 5.0, little-endian). Only the kinds that are one file: monolithicSparse and streamOptimized. */
export const vmdk: Probe = {
  format: 'vmdk',
  *inspect(head) {
    if (hasText(head, 0, 'KDMV')) return yield* sparse(head);
    if (hasText(head, 0, 'COWD')) return refusedKind();
    return yield* text(head);
  },
};

function refusedKind(): Finding {
  const doubts = new Doubts();
  doubts.add('create_type', 'the kind of disk is not allowed');
  return doubts.finding(null);
}

/** A descriptor of its own: it names the files that hold the disk, so it is never safe. */
function* text(head: Uint8Array): Inspection {
  if (!mayBeText(head)) return undefined;
  const start = HEAD_BYTES;
  const rest = head.length < start ? new Uint8Array() : yield { start, length: REGION_BYTES };
  return isDescriptor(latin1(head) + latin1(rest)) ? refusedKind() : undefined;
}

function* sparse(head: Uint8Array): Inspection {
  const doubts = new Doubts();
  if (head.length < HEADER_BYTES) return doubts.truncated();
  const header = new Fields(head);
  const version = header.u32le(4);
  const capacity = header.u64le(12);
  doubts.addIf(version < 1 || version > 3, 'version', 'the version is not known');
  doubts.addIf(capacity === 0n, 'header', 'the disk has no size');
  yield* descriptor(header, doubts);
  if (header.u64le(56) === AT_END) yield* footer(header, doubts);
  return doubts.finding(capacity * BigInt(SECTOR));
}

function* descriptor(header: Fields, doubts: Doubts): Generator<Wanted, void, Uint8Array> {
  const length = header.u64le(36) * BigInt(SECTOR);
  if (header.u64le(28) !== DESCRIPTOR_SECTOR || length > REGION_BYTES || length === 0n) {
    doubts.add('descriptor', 'the descriptor is not where it must be, or too long');
    return;
  }
  const bytes = yield { start: SECTOR, length: Number(length) };
  if (bytes.length < length) doubts.add('descriptor', 'the descriptor is cut off');
  else checkDescriptor(latin1(bytes), doubts);
}

/** A streamed disk ends with a second header, which readers believe more than the first. */
function* footer(header: Fields, doubts: Doubts): Generator<Wanted, void, Uint8Array> {
  const bytes = yield { last: FOOTER_BYTES };
  if (bytes.length < FOOTER_BYTES) {
    doubts.add('footer', 'the footer is cut off');
    return;
  }
  const end = new Fields(bytes);
  const second = new Fields(bytes.subarray(SECTOR, 2 * SECTOR));
  const agrees =
    [0, 4].every((at) => header.u32le(at) === second.u32le(at)) &&
    [12, 28, 36].every((at) => header.u64le(at) === second.u64le(at)) &&
    second.u64le(56) !== AT_END;
  doubts.addIf(!agrees, 'footer', 'the footer differs from the header');
  const isMarked =
    isMarker(end, { at: 0, type: FOOTER_MARKER }) &&
    isMarker(end, { at: 2 * SECTOR, type: END_OF_STREAM }) &&
    end.u64le(2 * SECTOR) === 0n;
  doubts.addIf(!isMarked, 'footer', 'the end of the stream is not marked');
}

function isMarker(
  bytes: Fields,
  { at, type }: { readonly at: number; readonly type: number },
): boolean {
  return (
    bytes.u32le(at + 8) === 0 && bytes.u32le(at + 12) === type && bytes.isZero(at + 16, at + SECTOR)
  );
}
