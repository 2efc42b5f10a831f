import { Draft } from './draft.ts';

/** Sectors as clusters make the smallest image there can be. */
const CLUSTER = 512;
const DEFAULT_SIZE = 1 << 20;

export interface Qcow2Shape {
  readonly version?: number;
  readonly size?: number | bigint;
  readonly backingFile?: string;
  /** Sets the bit, and names the file. */
  readonly dataFile?: string;
  readonly incompatible?: bigint;
  /** Names a data file without setting the bit. */
  readonly strayDataFile?: string;
}

/** An empty disk: header, table of reference counts, one block of them, first-level table. */
export function makeQcow2(shape: Qcow2Shape = {}): Uint8Array {
  const { version = 3, size = DEFAULT_SIZE, backingFile, dataFile, strayDataFile } = shape;
  const image = new Draft(4 * CLUSTER).text(0, 'QFI\xfb').u32be(4, version);
  if (backingFile !== undefined) {
    image.u64be(8, CLUSTER - backingFile.length).u32be(16, backingFile.length);
    image.text(CLUSTER - backingFile.length, backingFile);
  }
  // Entries of 8 bytes, 64 in a cluster: each of the first level stands for 32 KiB.
  const entries = Math.ceil(DEFAULT_SIZE / (64 * CLUSTER));
  image
    .u32be(20, 9)
    .u64be(24, size)
    .u32be(36, entries)
    .u64be(40, 3 * CLUSTER);
  image.u64be(48, CLUSTER).u32be(56, 1);
  if (version >= 3) {
    const bits = (shape.incompatible ?? 0n) | (dataFile === undefined ? 0n : 4n);
    image.u64be(72, bits).u32be(96, 4).u32be(100, 104);
  }
  const named = dataFile ?? strayDataFile;
  if (named !== undefined) image.u32be(104, 0x44415441, named.length).text(112, named);
  image.u64be(CLUSTER, 2 * CLUSTER).u16be(2 * CLUSTER, 1, 1, 1, 1);
  return image.bytes;
}
