import type { Probe } from './format.ts';
import { gpt } from './formats/gpt.ts';
import { iso } from './formats/iso.ts';
import { luks } from './formats/luks.ts';
import { qcow2 } from './formats/qcow2.ts';
import { qed } from './formats/qed.ts';
import { vdi } from './formats/vdi.ts';
import { vhd } from './formats/vhd.ts';
import { vhdx } from './formats/vhdx.ts';
import { vmdk } from './formats/vmdk.ts';

/** Every format that is recognised. */
export const PROBES: readonly Probe[] = [qcow2, vhd, vhdx, vmdk, vdi, qed, iso, gpt, luks];

/** Says whether content of this `disk_format` is recognised by its header. */
export function isInspectable(diskFormat: string): boolean {
  return PROBES.some(({ format }) => format === diskFormat);
}
