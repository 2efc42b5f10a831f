import { Draft } from './draft.ts';

/** 31 cylinders of 4 heads and 17 sectors: a size that the geometry tells exactly. */
const CYLINDERS = 31;
export const VHD_SIZE = CYLINDERS * 4 * 17 * 512;
const BLOCK = 2 << 20;

export interface VhdShape {
  /** 2 fixed, 3 dynamic, 4 differencing. */
  readonly type?: number;
  readonly size?: number | bigint;
  readonly parentId?: number;
  /** Of the footer at the end, where it shall differ from its copy. */
  readonly lastType?: number;
}

function footer({ type = 3, size = VHD_SIZE }: VhdShape): Uint8Array {
  const draft = new Draft(512).text(0, 'conectix').u32be(8, 2, 0x00010000);
  draft.u64be(16, type === 2 ? 0xffff_ffff_ffff_ffffn : 512).u32be(24, 0);
  draft.text(28, 'win ').u32be(32, 0x00060001).text(36, 'Wi2k').u64be(40, size, size);
  draft.u16be(56, CYLINDERS).put(58, [4, 17]).u32be(60, type);
  draft.u32be(64, checksum(draft.bytes));
  return draft.bytes;
}

function checksum(bytes: Uint8Array): number {
  return ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;
}

/** Copy of the footer, dynamic header, an empty table of blocks, footer. */
export function makeDynamicVhd(shape: VhdShape = {}): Uint8Array {
  const header = new Draft(1024).text(0, 'cxsparse').u64be(8, 0xffff_ffff_ffff_ffffn, 1536);
  header.u32be(24, 0x00010000, Math.ceil(VHD_SIZE / BLOCK), BLOCK);
  if (shape.parentId !== undefined) header.u32be(40, shape.parentId);
  header.u32be(36, checksum(header.bytes));
  const image = new Draft(2560).put(0, footer(shape)).put(512, header.bytes);
  image.u32be(1536, ...new Array<number>(128).fill(0xffffffff));
  return image.put(2048, footer({ ...shape, type: shape.lastType ?? shape.type ?? 3 })).bytes;
}

/** The disk as it is, then the footer. */
export function makeFixedVhd(disk: Uint8Array, shape: VhdShape = {}): Uint8Array {
  const size = shape.size ?? disk.length;
  const image = new Draft(disk.length + 512).put(0, disk);
  return image.put(disk.length, footer({ type: 2, ...shape, size })).bytes;
}
