import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

const FILE = '/proc/sys/kernel/random/boot_id';
/** Clocks are stepped; a wrong "rebooted" only costs a check, so this may be coarse. */
const STEP_SECONDS = 60;

let known: string | undefined;

/** Names the time since this machine started: what was written before another value may not have reached the disk. */
export function bootId(): string {
  known ??= readBootId(FILE);
  return known;
}

/** The kernel's id, or where there is none the time of the start. */
export function readBootId(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not Linux, or /proc is hidden: the start of the machine says the same, less exactly.
    return `start-${Math.round((Date.now() / 1000 - uptime()) / STEP_SECONDS) * STEP_SECONDS}`;
  }
}
