import { constants } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Positions, lengths and memory must be multiples of it: the largest logical block of disks in use. */
const DIRECT_BLOCK = 4096;

/**
 * Local file systems on which reads and writes past the page cache are known to be faster (statfs(2) has the numbers).
 * On network file systems each would be a round trip, and memory file systems have nothing to go past.
 */
const EXT = 0xef53;
const XFS = 0x58465342;
const FILE_SYSTEMS: ReadonlySet<number> = new Set([EXT, XFS]);

/** O_DIRECT where the folder's file system gains by it, else 0. */
export async function directFlagOf(folder: string): Promise<number> {
  // Absent on macOS and Windows.
  const flag: number | undefined = constants.O_DIRECT;
  if (flag === undefined) return 0;
  const { type } = await statfs(folder);
  return FILE_SYSTEMS.has(type) ? flag : 0;
}

/** How many of the first bytes may go past the page cache, as far as it can be told from here: memory's own alignment cannot. */
export function directLength(bytes: number, position: number): number {
  return position % DIRECT_BLOCK === 0 ? bytes - (bytes % DIRECT_BLOCK) : 0;
}
