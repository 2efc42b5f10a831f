import { crc32c } from '../crc32c.ts';
import { Doubts, Fields, hasText } from '../fields.ts';
import type { Probe, Wanted } from '../format.ts';

const KIB = 1024;
const HEADER_BYTES = 4 * KIB;
const HEADERS_AT = [64 * KIB, 128 * KIB] as const;
const REGIONS_AT = 192 * KIB;
const TABLE_BYTES = 64 * KIB;
const MOST_ENTRIES = 2047;
const ENTRY_BYTES = 32;
const REQUIRED = 1;

const METADATA_REGION = '8b7ca206-4790-4b9a-b8fe-575f050f886e';
const BAT_REGION = '2dc27766-f623-4200-9d64-115e9bfd4a08';
const FILE_PARAMETERS = 'caa16737-fa36-4d43-b3b6-33f0aa44e76b';
const DISK_SIZE = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
const DISK_ID = 'beca12ab-b2e6-4523-93ef-c309e000c746';
const LOGICAL_SECTOR = '8141bf1d-a96f-4709-ba47-f233a8faab5f';
const PHYSICAL_SECTOR = 'cda348c7-445d-4471-9cc9-e9885251c556';
const PARENT_LOCATOR = 'a8d35f2d-b30b-454d-abf7-d3d84834ab0c';
const KNOWN_ITEMS = [FILE_PARAMETERS, DISK_SIZE, DISK_ID, LOGICAL_SECTOR, PHYSICAL_SECTOR];
const HAS_PARENT = 2;

interface Entry {
  readonly id: string;
  readonly fields: Fields;
}

/** Microsoft VHDX ([MS-VHDX], little-endian): headers, a table of regions, and in one of them the metadata. */
export const vhdx: Probe = {
  format: 'vhdx',
  *inspect(head) {
    if (!hasText(head, 0, 'vhdxfile')) return undefined;
    const doubts = new Doubts();
    yield* checkHeaders(doubts);
    const metadataAt = yield* findMetadata(doubts);
    if (metadataAt === undefined) return doubts.finding(null);
    return doubts.finding(yield* readMetadata(metadataAt, doubts));
  },
};

/** The newest intact header says whether a log must be played back, which may change everything that is read here. */
function* checkHeaders(doubts: Doubts): Generator<Wanted, void, Uint8Array> {
  let current: Fields | undefined;
  for (const start of HEADERS_AT) {
    const bytes = yield { start, length: HEADER_BYTES };
    if (bytes.length < HEADER_BYTES || !hasText(bytes, 0, 'head')) continue;
    const header = new Fields(bytes);
    if (crc32c(bytes, 4) !== header.u32le(4)) continue;
    if (current === undefined || header.u64le(8) > current.u64le(8)) current = header;
  }
  if (current === undefined) doubts.add('header', 'there is no intact header');
  else doubts.addIf(!current.isZero(48, 64), 'log', 'changes in the log are not applied');
}

function* findMetadata(doubts: Doubts): Generator<Wanted, bigint | undefined, Uint8Array> {
  const table = yield { start: REGIONS_AT, length: TABLE_BYTES };
  const isIntact =
    table.length === TABLE_BYTES &&
    hasText(table, 0, 'regi') &&
    crc32c(table, 4) === new Fields(table).u32le(4);
  if (!isIntact) {
    doubts.add('header', 'the table of regions is not intact');
    return undefined;
  }
  const entries = entriesOf(table, { count: new Fields(table).u32le(8), from: 16 }, doubts);
  for (const { id, fields } of entries) {
    const isKnown = id === METADATA_REGION || id === BAT_REGION;
    const isRequired = (fields.u32le(28) & REQUIRED) !== 0;
    doubts.addIf(!isKnown && isRequired, 'unknown_features', 'a region is not known');
  }
  const regions = entries.filter(({ id }) => id === METADATA_REGION);
  if (regions.length === 1) return regions[0]?.fields.u64le(16);
  doubts.add('header', 'there must be one region of metadata');
  return undefined;
}

function* readMetadata(at: bigint, doubts: Doubts): Generator<Wanted, bigint | null, Uint8Array> {
  const table = yield { start: Number(at), length: TABLE_BYTES };
  if (table.length < TABLE_BYTES || !hasText(table, 0, 'metadata')) {
    doubts.add('header', 'the metadata is missing');
    return null;
  }
  const entries = entriesOf(table, { count: new Fields(table).u16le(10), from: 32 }, doubts);
  for (const { id, fields } of entries) {
    const isRequired = (fields.u32le(24) & 4) !== 0;
    const isStrange = isRequired && !KNOWN_ITEMS.includes(id);
    if (id === PARENT_LOCATOR) doubts.add('parent', 'the disk is based on another one');
    else doubts.addIf(isStrange, 'unknown_features', 'an item of the metadata is not known');
  }
  return yield* readItems(Number(at), entries, doubts);
}

/** In the order in which they lie in the file, because it is read only once. */
function* readItems(
  at: number,
  entries: readonly Entry[],
  doubts: Doubts,
): Generator<Wanted, bigint | null, Uint8Array> {
  const wanted = entries
    .filter(({ id }) => id === FILE_PARAMETERS || id === DISK_SIZE)
    .sort((a, b) => a.fields.u32le(16) - b.fields.u32le(16));
  let parameters: Fields | undefined;
  let size: Fields | undefined;
  for (const { id, fields } of wanted) {
    const item = yield { start: at + fields.u32le(16), length: 8 };
    if (item.length < 8) continue;
    if (id === FILE_PARAMETERS) parameters = new Fields(item);
    else size = new Fields(item);
  }
  if (wanted.length !== 2 || parameters === undefined || size === undefined) {
    doubts.add('header', 'the metadata does not describe one disk');
    return null;
  }
  doubts.addIf(
    (parameters.u32le(4) & HAS_PARENT) !== 0,
    'parent',
    'the disk is based on another one',
  );
  return size.u64le(0);
}

function entriesOf(
  table: Uint8Array,
  { count, from }: { readonly count: number; readonly from: number },
  doubts: Doubts,
): Entry[] {
  if (count > MOST_ENTRIES) {
    doubts.add('header', 'a table is too long');
    return [];
  }
  return Array.from({ length: count }, (_, index) => {
    const start = from + index * ENTRY_BYTES;
    const fields = new Fields(table.subarray(start, start + ENTRY_BYTES));
    return { id: guid(fields), fields };
  });
}

/** Three numbers in little-endian order, then eight bytes as they are. */
function guid(fields: Fields): string {
  const hex = (value: number | bigint, digits: number): string =>
    value.toString(16).padStart(digits, '0');
  const first = [hex(fields.u32le(0), 8), hex(fields.u16le(4), 4), hex(fields.u16le(6), 4)];
  const tail = hex(fields.u64be(8), 16);
  return [...first, tail.slice(0, 4), tail.slice(4)].join('-');
}
