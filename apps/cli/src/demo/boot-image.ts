import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const MIB = 1024 * 1024;
/** Random, so that neither the disk format nor zero detection makes it small. */
const NOISE_MIB = 96;
const DISK_MIB = 128;
const CONVERT_MS = 60_000;
const MESSAGE = 'One Glance for every region.\r\n';

const PARTITIONS_AT = 446;
/** Active, for Linux, from 1 MiB (sector 2048) to the end of the disk. */
const PARTITION = [
  ...[0x80, 0x20, 0x21, 0x00, 0x83, 0xfe, 0xff, 0xff],
  ...[0x00, 0x08, 0x00, 0x00],
  ...littleEndian(((DISK_MIB - 1) * MIB) / 512),
];

function littleEndian(value: number): readonly number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

/** A sector a PC's firmware boots: it prints the message and halts. It has a partition table, because a disk has one. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  const code = [
    0xfa,
    0x31,
    0xc0,
    0x8e,
    0xd8, // cli; xor ax, ax; mov ds, ax
    0xbe,
    0x19,
    0x7c, // mov si, the message, which follows the code
    0xac,
    0x84,
    0xc0,
    0x74,
    0x09, // next: lodsb; test al, al; jz end
    0xb4,
    0x0e,
    0xbb,
    0x07,
    0x00,
    0xcd,
    0x10,
    0xeb,
    0xf2, // mov ah, 0x0e; mov bx, 7; int 0x10; jmp next
    0xf4,
    0xeb,
    0xfd, // end: hlt; jmp end
  ];
  sector.set(code);
  sector.write(MESSAGE, code.length, 'latin1');
  sector.set(PARTITION, PARTITIONS_AT);
  sector.set([0x55, 0xaa], 510);
  return sector;
}

export interface DiskFile {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
}

/** A bootable disk in `folder`: qcow2 where qemu-img is installed, else raw. */
export async function makeBootImage(folder: string): Promise<DiskFile> {
  const raw = join(folder, 'demo.raw');
  const file = await open(raw, 'w');
  try {
    await file.write(bootSector(), 0, 512, 0);
    const noise = Buffer.alloc(MIB);
    for (let i = 0; i < NOISE_MIB; i += 1) {
      await file.write(randomFillSync(noise), 0, MIB, (i + 1) * MIB);
    }
    await file.truncate(DISK_MIB * MIB);
  } finally {
    await file.close();
  }
  const qcow2 = join(folder, 'demo.qcow2');
  try {
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2], {
      timeout: CONVERT_MS,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { path: raw, format: 'raw' };
    }
    throw error;
  }
  await rm(raw);
  return { path: qcow2, format: 'qcow2' };
}
