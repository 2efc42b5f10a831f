import {
  makeDynamicVhd,
  makeFixedVhd,
  makeGpt,
  makeIso,
  makeMbr,
  makeQcow2,
  makeRaw,
  makeVdi,
  makeVhdx,
  makeVmdk,
} from '@parallax/formats/testing';
import { queued, type Row, row, show, upload } from '../row.ts';

/** Content of known formats: what of its virtual size and declaration both sides say. */
export const formats: readonly Row[] = [
  content('qcow2', 'qcow2', makeQcow2()),
  content('qcow2 of version 2', 'qcow2', makeQcow2({ version: 2 })),
  content('qcow2 of 3 TiB', 'qcow2', makeQcow2({ size: 3 * 2 ** 40 })),
  content('vhd', 'vhd', makeDynamicVhd()),
  content('vhdx', 'vhdx', makeVhdx()),
  content('vmdk', 'vmdk', makeVmdk()),
  content('vdi', 'vdi', makeVdi()),
  content('iso', 'iso', makeIso()),
  content('a partition table as raw', 'raw', makeGpt()),
  content('qcow2 as raw', 'raw', makeQcow2()),
  content('qcow2 in a container', 'qcow2', makeQcow2(), 'ovf'),
  content('nothing in particular as ploop', 'ploop', makeRaw(2000)),
  content('nothing as qcow2', 'qcow2', new Uint8Array()),
  content('a fixed vhd', 'vhd', makeFixedVhd(makeMbr({}))),
  refused('raw as qcow2', 'qcow2', makeRaw(2000)),
  refused('qcow2 as vdi', 'vdi', makeQcow2()),
  refused('qcow2 with a backing file', 'qcow2', makeQcow2({ backingFile: '/etc/passwd' })),
  refused('qcow2 with a data file as raw', 'raw', makeQcow2({ dataFile: '/etc/passwd' })),
  refused('flat vmdk', 'vmdk', makeVmdk({ createType: 'monolithicFlat' })),
  refused('a broken partition table as raw', 'raw', makeMbr()),
];

function content(
  name: string,
  disk_format: string,
  bytes: Uint8Array,
  container_format = 'bare',
): Row {
  const image = queued({ disk_format, container_format });
  return row(`content: ${name}`, image, upload(Buffer.from(bytes)), show());
}

/** What only ours refuses: nothing of what follows would be alike. */
function refused(name: string, disk_format: string, bytes: Uint8Array): Row {
  const image = queued({ disk_format, container_format: 'bare' });
  return row(`content: ${name}`, image, upload(Buffer.from(bytes)));
}
