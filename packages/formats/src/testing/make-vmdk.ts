import { Draft } from './draft.ts';

const SECTOR = 512;
const GRAIN = 128;
const DESCRIPTOR_SECTORS = 20;
const DIRECTORY_SECTOR = 21;
const TABLE_SECTOR = 22;
const DATA_SECTOR = 128;
const CAPACITY = 2048;
const AT_END = 0xffff_ffff_ffff_ffffn;

export interface VmdkShape {
  readonly createType?: string;
  /** Lines in place of the one extent. */
  readonly extents?: readonly string[];
  /** More lines of the descriptor. */
  readonly lines?: readonly string[];
  readonly parentCid?: string;
  readonly capacity?: number | bigint;
  readonly version?: number;
  /** Sector where the header says the descriptor is. */
  readonly descriptorSector?: number;
  /** Ends with a footer as streamed disks do. */
  readonly footer?: boolean;
  /** The footer's capacity, where it shall differ. */
  readonly footerCapacity?: number;
  /** The footer's descriptor, where it shall differ. */
  readonly footerDescriptorSector?: number;
}

export function vmdkDescriptor(shape: VmdkShape = {}): string {
  const { createType = 'monolithicSparse', parentCid = 'ffffffff', lines = [] } = shape;
  const extents = shape.extents ?? [`RW ${CAPACITY} SPARSE "disk.vmdk"`];
  return [
    '# Disk DescriptorFile',
    'version=1',
    'CID=7e1f1c2a',
    `parentCID=${parentCid}`,
    `createType="${createType}"`,
    '',
    '# Extent description',
    ...extents,
    '',
    '# The Disk Data Base',
    '#DDB',
    'ddb.virtualHWVersion = "4"',
    'ddb.geometry.cylinders = "2"',
    'ddb.geometry.heads = "16"',
    'ddb.geometry.sectors = "63"',
    'ddb.adapterType = "ide"',
    ...lines,
    '',
  ].join('\n');
}

/** A file of one sparse extent with its descriptor inside, and no grain in it. */
export function makeVmdk(shape: VmdkShape = {}): Uint8Array {
  const image = new Draft((DATA_SECTOR + (shape.footer === true ? 3 : 0)) * SECTOR);
  const directory = shape.footer === true ? AT_END : BigInt(DIRECTORY_SECTOR);
  image.put(0, header(shape, directory)).text(SECTOR, vmdkDescriptor(shape));
  image.u32le(DIRECTORY_SECTOR * SECTOR, TABLE_SECTOR);
  if (shape.footer === true) {
    const end = DATA_SECTOR * SECTOR;
    const second = {
      ...shape,
      capacity: shape.footerCapacity ?? shape.capacity ?? CAPACITY,
      descriptorSector: shape.footerDescriptorSector ?? 1,
    };
    image.u64le(end, 1).u32le(end + 12, 3);
    image.put(end + SECTOR, header(second, BigInt(DIRECTORY_SECTOR)));
  }
  return image.bytes;
}

function header(shape: VmdkShape, directory: bigint): Uint8Array {
  const { version = 1, capacity = CAPACITY, descriptorSector = 1 } = shape;
  const draft = new Draft(SECTOR).text(0, 'KDMV').u32le(4, version, 1);
  draft.u64le(12, capacity, GRAIN, descriptorSector, DESCRIPTOR_SECTORS).u32le(44, 512);
  return draft.u64le(48, 0, directory, DATA_SECTOR).text(73, '\n \r\n').bytes;
}
