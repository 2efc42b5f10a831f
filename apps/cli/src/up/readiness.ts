import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../exit-codes.ts';

const ASK_MS = 2_000;
const BETWEEN_MS = 25;

export interface Wait {
  readonly what: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the body of a 200; any 200 will do without it. */
  readonly enough?: (body: unknown) => boolean;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Asks until the answer is good. */
export async function waitFor(o: Wait): Promise<void> {
  const deadline = performance.now() + o.timeoutMs;
  let last = 'no answer';
  while (performance.now() < deadline) {
    o.signal.throwIfAborted();
    try {
      const signal = AbortSignal.any([o.signal, AbortSignal.timeout(ASK_MS)]);
      const response = await fetch(o.url, { headers: { ...o.headers }, signal });
      const text = await response.text();
      if (response.ok && (o.enough === undefined || o.enough(JSON.parse(text)))) return;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch (error) {
      last = error instanceof Error ? `${error.message} ${error.cause ?? ''}` : String(error);
    }
    await sleep(BETWEEN_MS, undefined, { signal: o.signal }).catch(() => {});
  }
  throw new CliError(
    `${o.what} was not ready within ${o.timeoutMs / 1000} s; its last answer: ${last}`,
  );
}
