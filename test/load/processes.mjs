import { readdirSync, readFileSync } from 'node:fs';

/** @typedef {{ pid: number, parent: number, command: string, args: string, cpuSeconds: number }} Process */

const TICKS_PER_SECOND = 100;

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended between being listed and being read.
    return undefined;
  }
}

/** @param {number} pid @returns {Process | undefined} */
function findProcess(pid) {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  // utime, stime and those of children that ended and were waited for
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return {
    pid,
    parent: Number(fields[1]),
    command: stat.slice(stat.indexOf('(') + 1, end),
    args: (readIfThere(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' '),
    cpuSeconds: ticks / TICKS_PER_SECOND,
  };
}

/**
 * A process and all its descendants.
 * @param {number} root
 */
export function listTree(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => findProcess(Number(name)))
    .filter((found) => found !== undefined);
  const members = new Set([root]);
  let before = 0;
  while (members.size > before) {
    before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  }
  return all.filter(({ pid }) => members.has(pid));
}

/** @param {readonly Process[]} processes */
export const sumCpuSeconds = (processes) =>
  processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

/** @param {readonly Process[]} processes */
export function sumPssMiB(processes) {
  let kib = 0;
  for (const { pid } of processes) {
    const rollup = readIfThere(`/proc/${pid}/smaps_rollup`);
    kib += Number(/^Pss:\s+(\d+) kB/m.exec(rollup ?? '')?.[1] ?? 0);
  }
  return kib / 1024;
}

/**
 * The busy share of the machine over a second, 0 to 1: what disturbs a run.
 * @returns {Promise<number>}
 */
export async function measureBusy() {
  const read = () => {
    const fields = (readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '')
      .trim()
      .split(/\s+/)
      .slice(1, 9)
      .map(Number);
    const total = fields.reduce((sum, value) => sum + value, 0);
    return { total, idle: (fields[3] ?? 0) + (fields[4] ?? 0) };
  };
  const before = read();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = read();
  return 1 - (after.idle - before.idle) / (after.total - before.total);
}
