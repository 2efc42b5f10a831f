import { Doubts, Fields, hasText } from '../fields.ts';
import { HEAD_BYTES, type Probe } from '../format.ts';

const SIGNATURE_AT = 510;
const ENTRIES_AT = 446;
const ENTRY_BYTES = 16;
const PROTECTIVE = 0xee;
const KERNEL_BYTES = 8;

/** A disk with a partition table: MBR, or GPT behind a protective MBR (UEFI 2.10 §5.2). */
export const gpt: Probe = {
  format: 'gpt',
  *inspect(head) {
    if (head.length < HEAD_BYTES) return undefined;
    const sector = new Fields(head);
    if (sector.u16le(SIGNATURE_AT) !== 0xaa55) return undefined;
    const next = yield { start: HEAD_BYTES, length: KERNEL_BYTES };
    const doubts = new Doubts();
    const failure = checkTable(sector);
    if (failure !== undefined) doubts.add('mbr', failure);
    const faint = isVolume(sector) || hasText(next, 2, 'HdrS');
    return { failures: doubts.failures, virtualSize: (size) => size, faint };
  },
};

/** A file system's boot record ends with the same two bytes, and so does a kernel's first sector. */
function isVolume(sector: Fields): boolean {
  const jumps = sector.u8(0) === 0xe9 || (sector.u8(0) === 0xeb && sector.u8(2) === 0x90);
  if (!jumps) return false;
  if (hasText(sector.bytes, 3, 'NTFS    ') || hasText(sector.bytes, 3, 'EXFAT   ')) return true;
  const tables = sector.u8(0x10);
  const media = sector.u8(0x15);
  const sectorBytes = sector.u16le(0x0b);
  return (
    [512, 1024, 2048, 4096].includes(sectorBytes) &&
    (tables === 1 || tables === 2) &&
    (media === 0xf0 || media >= 0xf8)
  );
}

function checkTable(sector: Fields): string | undefined {
  const used: number[] = [];
  let hasProtective = false;
  for (let entry = 0; entry < 4; entry += 1) {
    const at = ENTRIES_AT + entry * ENTRY_BYTES;
    const boot = sector.u8(at);
    if (boot !== 0 && boot !== 0x80) return `partition ${entry} has no valid boot flag`;
    const type = sector.u8(at + 4);
    if (type !== 0) used.push(entry);
    if (type !== PROTECTIVE) continue;
    hasProtective = true;
    const startsRight =
      sector.u8(at + 1) === 0 && sector.u8(at + 2) === 2 && sector.u8(at + 3) === 0;
    if (!startsRight) return 'the protective partition has a wrong start (CHS)';
    if (sector.u32le(at + 8) !== 1) return 'the protective partition has a wrong start (LBA)';
  }
  if (used.length === 0) return 'the table has no partition';
  if (hasProtective && (used.length > 1 || used[0] !== 0)) {
    return 'there are partitions beside the protective one';
  }
  return undefined;
}
