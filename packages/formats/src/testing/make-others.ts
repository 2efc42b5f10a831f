import { Draft } from './draft.ts';

const MIB = 1 << 20;

export interface VdiShape {
  readonly type?: number;
  readonly size?: number | bigint;
  readonly link?: number;
  readonly parent?: number;
  readonly version?: number;
}

/** An empty dynamic disk of one block. */
export function makeVdi(shape: VdiShape = {}): Uint8Array {
  const { type = 1, size = MIB, version = 0x00010001 } = shape;
  const image = new Draft(1024).text(0, '<<< Oracle VM VirtualBox Disk Image >>>\n');
  image.u32le(0x40, 0xbeda107f, version, 0x190, type).u32le(0x154, 512, 1024);
  image.u32le(0x168, 512).u64le(0x170, size).u32le(0x178, MIB, 0, 1, 0);
  image.u64be(0x188, 1, 1, 2, 2);
  if (shape.link !== undefined) image.u32be(0x1a8, shape.link);
  if (shape.parent !== undefined) image.u32be(0x1b8, shape.parent);
  return image.u32le(512, 0xffffffff).bytes;
}

export function makeQed(): Uint8Array {
  const image = new Draft(320 * 1024).text(0, 'QED\0').u32le(4, 65536, 4, 1);
  return image.u64le(40, 65536, MIB).bytes;
}

/** A volume of `sectors` sectors without a file. */
export function makeIso(sectors = 18): Uint8Array {
  const image = new Draft(18 * 2048);
  image.put(16 * 2048, [1]).text(16 * 2048 + 1, 'CD001\x01');
  image.u32le(16 * 2048 + 80, sectors).u16le(16 * 2048 + 128, 2048);
  return image.put(17 * 2048, [255]).text(17 * 2048 + 1, 'CD001\x01').bytes;
}

/** A pure UDF medium: no ISO 9660 volume. */
export function makeUdf(): Uint8Array {
  const image = new Draft(64 * 2048);
  ['BEA01', 'NSR02', 'TEA01'].forEach((name, i) => {
    image.text((16 + i) * 2048 + 1, `${name}\x01`);
  });
  return image.bytes;
}

export interface PartitionShape {
  readonly boot?: number;
  readonly startChs?: readonly [number, number, number];
  readonly type?: number;
  readonly start?: number;
}

/** A disk of 64 sectors with these partitions in its MBR. */
export function makeMbr(...partitions: readonly PartitionShape[]): Uint8Array {
  const image = new Draft(64 * 512);
  partitions.forEach(({ boot = 0x80, startChs = [0, 2, 0], type = 0x83, start = 1 }, i) => {
    const at = 446 + i * 16;
    image.put(at, [boot, ...startChs, type, 0, 0, 0]).u32le(at + 8, start, 63);
  });
  return image.put(510, [0x55, 0xaa]).bytes;
}

/** A GPT disk: protective MBR and the header behind it. */
export function makeGpt(protective: PartitionShape = {}): Uint8Array {
  const disk = makeMbr({ boot: 0, type: 0xee, ...protective });
  disk.set(new Draft(8).text(0, 'EFI PART').bytes, 512);
  return disk;
}

/** A file system without a partition table, whose boot record ends like one. */
export function makeFat(): Uint8Array {
  const image = new Draft(64 * 512).put(0, [0xeb, 0x3c, 0x90]).text(3, 'MSDOS5.0');
  return image.u16le(11, 512).put(16, [2]).put(21, [0xf8]).put(510, [0x55, 0xaa]).bytes;
}

export function makeKernel(): Uint8Array {
  return new Draft(64 * 512).text(0, 'MZ').put(510, [0x55, 0xaa]).text(514, 'HdrS').bytes;
}

const STRIPES = 4000;
const KEY_BYTES = 64;
const SLOT_SECTORS = 504;
const PAYLOAD_SECTOR = 4096;

/** An encrypted disk of 1 MiB behind a LUKS 1 header; nobody has a key to it. */
export function makeLuks(version = 1): Uint8Array {
  const image = new Draft(PAYLOAD_SECTOR * 512 + MIB).text(0, 'LUKS\xba\xbe').u16be(6, version);
  image.text(8, 'aes').text(40, 'xts-plain64').text(72, 'sha256');
  image.u32be(104, PAYLOAD_SECTOR, KEY_BYTES).u32be(164, 1000);
  image.text(168, '9d1f6f7e-5d1f-4f0e-8a55-1f2b3c4d5e6f');
  for (let slot = 0; slot < 8; slot += 1) {
    image.u32be(208 + slot * 48, 0x0000dead, 0);
    image.u32be(208 + slot * 48 + 40, 8 + slot * SLOT_SECTORS, STRIPES);
  }
  return image.bytes;
}

/** LUKS 2 with its JSON; 16 KiB of header, then `disk` bytes. */
export function makeLuks2(disk = 4096, json?: string): Uint8Array {
  const image = new Draft(16384 + disk).text(0, 'LUKS\xba\xbe').u16be(6, 2).u64be(8, 16384);
  const segment = { type: 'crypt', offset: '16384', size: 'dynamic' };
  return image.text(4096, json ?? JSON.stringify({ segments: { 0: segment } })).bytes;
}

/** Bytes that look like nothing. */
export function makeRaw(length = 3 * MIB): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 7 + (i >> 8) + 3) & 0x7f;
  return bytes;
}
