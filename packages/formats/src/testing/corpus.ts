import type { FormatName } from '../format.ts';
import * as other from './make-others.ts';
import { makeQcow2 } from './make-qcow2.ts';
import { makeDynamicVhd, makeFixedVhd, VHD_SIZE } from './make-vhd.ts';
import { makeVhdx } from './make-vhdx.ts';
import { makeVmdk, vmdkDescriptor } from './make-vmdk.ts';

const MIB = 1 << 20;

export interface SafeSample {
  readonly name: string;
  readonly format: FormatName | 'raw';
  readonly virtualSize: number;
  make(): Uint8Array;
}

/** An image that must be refused whatever it is declared to be. */
export interface HostileSample {
  readonly format: FormatName;
  /** The check that must fail. */
  readonly check: string;
  make(): Uint8Array;
}

/** Minimal valid images of every kind. */
export const SAFE: readonly SafeSample[] = [
  sample('raw', 'raw', 3 * MIB, other.makeRaw),
  sample('FAT without partitions', 'raw', 64 * 512, other.makeFat),
  sample('kernel', 'raw', 64 * 512, other.makeKernel),
  sample('qcow2 v3', 'qcow2', MIB, makeQcow2),
  sample('qcow2 v2', 'qcow2', MIB, () => makeQcow2({ version: 2 })),
  sample('fixed VHD', 'vhd', 3 * MIB, () => makeFixedVhd(other.makeRaw())),
  sample('fixed VHD of a disk', 'vhd', 64 * 512, () => makeFixedVhd(other.makeMbr({}))),
  sample('dynamic VHD', 'vhd', VHD_SIZE, makeDynamicVhd),
  sample('VHDX', 'vhdx', 8 * MIB, makeVhdx),
  sample('VMDK, sparse', 'vmdk', MIB, makeVmdk),
  sample('VMDK, stream', 'vmdk', MIB, () =>
    makeVmdk({ createType: 'streamOptimized', version: 3, footer: true }),
  ),
  sample('VDI', 'vdi', MIB, other.makeVdi),
  sample('static VDI', 'vdi', MIB, () => other.makeVdi({ type: 2 })),
  sample('ISO', 'iso', 18 * 2048, other.makeIso),
  sample('UDF', 'iso', 64 * 2048, other.makeUdf),
  sample('hybrid ISO', 'iso', 18 * 2048, () => over(other.makeIso(), other.makeMbr({}))),
  sample('MBR', 'gpt', 64 * 512, () => other.makeMbr({}, { boot: 0, start: 20 })),
  sample('GPT', 'gpt', 64 * 512, other.makeGpt),
  sample('LUKS 1', 'luks', MIB, other.makeLuks),
  sample('LUKS 2', 'luks', 4096, other.makeLuks2),
];

/** Images that read other files, or that readers do not agree on. */
export const HOSTILE: readonly HostileSample[] = [
  hostile('qcow2', 'backing_file', () => makeQcow2({ backingFile: '/etc/passwd' })),
  hostile('qcow2', 'backing_file', () => makeQcow2({ version: 2, backingFile: '/etc/passwd' })),
  hostile('qcow2', 'backing_file', () => makeQcow2({ backingFile: 'json:{"driver":"nbd"}' })),
  hostile('qcow2', 'data_file', () => makeQcow2({ dataFile: '/etc/passwd' })),
  hostile('qcow2', 'data_file', () => makeQcow2({ strayDataFile: '/etc/passwd' })),
  hostile('qcow2', 'unknown_features', () => makeQcow2({ incompatible: 1n << 5n })),
  hostile('qcow2', 'unknown_features', () => makeQcow2({ incompatible: 1n << 63n })),
  hostile('qcow2', 'virtual_size', () => makeQcow2({ size: 1n << 63n })),
  hostile('qcow2', 'virtual_size', () => makeQcow2({ size: (1n << 64n) - 1n })),
  hostile('qcow2', 'version', () => makeQcow2({ version: 1 })),
  hostile('vhd', 'parent', () => makeDynamicVhd({ type: 4 })),
  hostile('vhd', 'parent', () => makeDynamicVhd({ parentId: 9 })),
  hostile('vhd', 'footer', () => makeDynamicVhd({ lastType: 4 })),
  hostile('vhd', 'virtual_size', () => makeDynamicVhd({ size: 1n << 63n })),
  hostile('vhd', 'type', () => makeFixedVhd(other.makeRaw(4096), { type: 3 })),
  hostile('vhdx', 'parent', () => makeVhdx({ hasParent: true })),
  hostile('vhdx', 'parent', () => makeVhdx({ parentLocator: true })),
  hostile('vhdx', 'log', () => makeVhdx({ dirtyLog: true })),
  hostile('vhdx', 'unknown_features', () => makeVhdx({ strangeItem: true })),
  hostile('vhdx', 'header', () => makeVhdx({ damagedRegions: true })),
  hostile('vhdx', 'virtual_size', () => makeVhdx({ size: 1n << 63n })),
  ...hostileVmdk(),
  hostile('vdi', 'parent', () => other.makeVdi({ type: 4 })),
  hostile('vdi', 'parent', () => other.makeVdi({ link: 1 })),
  hostile('vdi', 'parent', () => other.makeVdi({ parent: 1 })),
  hostile('vdi', 'virtual_size', () => other.makeVdi({ size: 1n << 63n })),
  hostile('qed', 'banned', other.makeQed),
  hostile('gpt', 'mbr', () => other.makeMbr()),
  hostile('gpt', 'mbr', () => other.makeMbr({ boot: 0x41 })),
  hostile('gpt', 'mbr', () => other.makeGpt({ start: 2 })),
  hostile('gpt', 'mbr', () => other.makeGpt({ startChs: [0, 1, 0] })),
  hostile('gpt', 'mbr', () => other.makeMbr({ boot: 0, type: 0xee }, {})),
  hostile('gpt', 'mbr', () => other.makeMbr({}, { boot: 0, type: 0xee })),
  hostile('luks', 'version', () => other.makeLuks(3)),
];

/** Several formats in one: readers who guess do not agree. */
export const POLYGLOTS: readonly (readonly [string, () => Uint8Array])[] = [
  ['iso, qcow2', () => over(other.makeIso(), makeQcow2())],
  ['gpt, qcow2', () => bootable(makeQcow2())],
  ['gpt, vdi', () => bootable(other.makeVdi())],
  ['gpt, vmdk', () => bootable(makeVmdk())],
  ['gpt, iso, qcow2', () => over(other.makeIso(), bootable(makeQcow2()))],
  ['qcow2, vhd', () => makeFixedVhd(makeQcow2())],
  ['iso, vhd', () => makeFixedVhd(other.makeIso())],
  ['qcow2, vdi', () => over(other.makeVdi(), makeQcow2().slice(0, 40))],
];

function sample(
  name: string,
  format: SafeSample['format'],
  virtualSize: number,
  make: () => Uint8Array,
): SafeSample {
  return { name, format, virtualSize, make: () => make() };
}

function hostile(format: FormatName, check: string, make: () => Uint8Array): HostileSample {
  return { format, check, make };
}

function hostileVmdk(): HostileSample[] {
  const flat = ['RW 2048 FLAT "/etc/passwd" 0'];
  const own = 'RW 2048 SPARSE "disk.vmdk"';
  const text = (descriptor: string): Uint8Array => new TextEncoder().encode(descriptor);
  return [
    hostile('vmdk', 'create_type', () => makeVmdk({ createType: 'monolithicFlat' })),
    hostile('vmdk', 'create_type', () => makeVmdk({ lines: ['# createType="vmfs"'] })),
    hostile('vmdk', 'create_type', () => text(vmdkDescriptor())),
    hostile('vmdk', 'create_type', () => text(`#\x01\nversion=1\n${vmdkDescriptor()}`)),
    hostile('vmdk', 'create_type', () => text(`\n\nno comment\n${vmdkDescriptor()}`)),
    hostile('vmdk', 'create_type', () => text('COWD')),
    hostile('vmdk', 'extents', () => makeVmdk({ extents: flat })),
    hostile('vmdk', 'extents', () => makeVmdk({ extents: ['RW 2048 SPARSE "../other.vmdk"'] })),
    hostile('vmdk', 'extents', () => makeVmdk({ extents: [own, own] })),
    hostile('vmdk', 'extents', () => makeVmdk({ extents: [] })),
    hostile('vmdk', 'parent', () => makeVmdk({ lines: ['parentFileNameHint="/etc/passwd"'] })),
    hostile('vmdk', 'parent', () => makeVmdk({ parentCid: '12345678' })),
    hostile('vmdk', 'descriptor', () => makeVmdk({ lines: ['include other'] })),
    hostile('vmdk', 'descriptor', () => makeVmdk({ descriptorSector: 2 })),
    hostile('vmdk', 'header', () => makeVmdk({ capacity: 0 })),
    hostile('vmdk', 'virtual_size', () => makeVmdk({ capacity: 1n << 54n })),
    hostile('vmdk', 'version', () => makeVmdk({ version: 4 })),
    hostile('vmdk', 'footer', () => makeVmdk({ footer: true, footerCapacity: 9 })),
    hostile('vmdk', 'footer', () => makeVmdk({ footer: true, footerDescriptorSector: 3 })),
    hostile('vmdk', 'footer', () => makeVmdk({ footer: true }).subarray(0, -512)),
  ];
}

function over(image: Uint8Array, front: Uint8Array): Uint8Array {
  const both = new Uint8Array(Math.max(image.length, front.length));
  both.set(image);
  both.set(front.subarray(0, 32 * 1024));
  return both;
}

/** Ends the first sector like a boot sector with one partition. */
function bootable(image: Uint8Array): Uint8Array {
  image.set(other.makeMbr({}).subarray(446, 512), 446);
  return image;
}
