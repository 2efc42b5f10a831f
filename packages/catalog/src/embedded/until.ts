import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 10;

/** The first defined answer of `look`, asked every few milliseconds; undefined when the time is over. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() >= deadline) return found;
    await sleep(STEP_MS);
  }
}
