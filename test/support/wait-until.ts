const POLL_MS = 50;
/** For a machine that does much else: it is waited out only by what never comes. */
const PATIENCE_MS = 60_000;

/** Polls until `probe` answers something other than undefined or false; fails with `what` and its last error after `timeoutMs`. */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = PATIENCE_MS,
  pollMs = POLL_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last });
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
}
