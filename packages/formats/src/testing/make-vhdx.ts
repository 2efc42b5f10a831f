import { crc32c } from '../crc32c.ts';
import { Draft } from './draft.ts';

const KIB = 1024;
const MIB = KIB * KIB;
const BLOCK = 2 * MIB;
const METADATA_AT = MIB;
const LOG_AT = 2 * MIB;
const BAT_AT = 3 * MIB;
const ITEMS_AT = 64 * KIB;

const REGIONS: readonly (readonly [string, number])[] = [
  ['2dc27766-f623-4200-9d64-115e9bfd4a08', BAT_AT],
  ['8b7ca206-4790-4b9a-b8fe-575f050f886e', METADATA_AT],
];
const PARENT_LOCATOR = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';
const STRANGE = '00000000-1111-2222-3333-444455556666';

export interface VhdxShape {
  readonly size?: number | bigint;
  readonly hasParent?: boolean;
  readonly parentLocator?: boolean;
  /** A log that waits to be played back. */
  readonly dirtyLog?: boolean;
  /** A required item nobody knows. */
  readonly strangeItem?: boolean;
  /** The checksum of the table of regions is wrong. */
  readonly damagedRegions?: boolean;
}

/** An empty dynamic disk: both headers, both tables of regions, metadata, log, an empty table of blocks. */
export function makeVhdx(shape: VhdxShape = {}): Uint8Array {
  const image = new Draft(4 * MIB).text(0, 'vhdxfile');
  [64 * KIB, 128 * KIB].forEach((at, i) => void image.put(at, header(i, shape)));
  const regions = regionTable(shape);
  image.put(192 * KIB, regions).put(256 * KIB, regions);
  return image.put(METADATA_AT, metadata(shape)).bytes;
}

function header(sequence: number, { dirtyLog = false }: VhdxShape): Uint8Array {
  const draft = new Draft(4 * KIB).text(0, 'head').u64le(8, sequence + 1);
  draft.u64be(16, 1, 1, 2, 2);
  if (dirtyLog) draft.u64be(48, 7, 7);
  draft.u16le(64, 0, 1).u32le(68, MIB).u64le(72, LOG_AT);
  return signed(draft);
}

function signed(draft: Draft): Uint8Array {
  return draft.u32le(4, crc32c(draft.bytes, 4)).bytes;
}

function regionTable({ damagedRegions = false }: VhdxShape): Uint8Array {
  const draft = new Draft(64 * KIB).text(0, 'regi').u32le(8, REGIONS.length);
  REGIONS.forEach(([guid, at], i) => {
    const entry = 16 + i * 32;
    draft
      .guid(entry, guid)
      .u64le(entry + 16, at)
      .u32le(entry + 24, MIB, 1);
  });
  const bytes = signed(draft);
  if (damagedRegions) bytes[5] = (bytes[5] ?? 0) ^ 1;
  return bytes;
}

function metadata(shape: VhdxShape): Uint8Array {
  const { size = 8 * MIB, hasParent = false } = shape;
  const items: readonly (readonly [string, number, (at: number) => unknown])[] = [
    ['caa16737-fa36-4d43-b3b6-33f0aa44e76b', 8, (at) => draft.u32le(at, BLOCK, hasParent ? 2 : 0)],
    ['2fa54224-cd1b-4876-b211-5dbed83bf4b8', 8, (at) => draft.u64le(at, size)],
    ['beca12ab-b2e6-4523-93ef-c309e000c746', 16, (at) => draft.u64le(at, 3, 3)],
    ['8141bf1d-a96f-4709-ba47-f233a8faab5f', 4, (at) => draft.u32le(at, 512)],
    ['cda348c7-445d-4471-9cc9-e9885251c556', 4, (at) => draft.u32le(at, 512)],
    ...(shape.parentLocator === true ? [[PARENT_LOCATOR, 20, () => {}] as const] : []),
    ...(shape.strangeItem === true ? [[STRANGE, 4, () => {}] as const] : []),
  ];
  const draft = new Draft(ITEMS_AT + 4 * KIB).text(0, 'metadata').u16le(10, items.length);
  items.forEach(([guid, length, write], i) => {
    const entry = 32 + i * 32;
    const at = ITEMS_AT + i * 64;
    draft.guid(entry, guid).u32le(entry + 16, at, length, 4);
    write(at);
  });
  return draft.bytes;
}
