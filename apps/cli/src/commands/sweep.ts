import { setTimeout as sleep } from 'node:timers/promises';
import { type CliContext, type CommonOptions, say, sayJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { connect } from '../federation/connect.ts';
import type { PendingView } from '../federation/views.ts';

const WAIT_MS = 60_000;
const LOOK_MS = 500;

/** What waits to be swept; `now` does not wait for its time, `wait` waits for the end. Partly: something is left after a minute. */
export async function sweep(
  ctx: CliContext,
  o: CommonOptions & { readonly now?: boolean; readonly wait?: boolean },
): Promise<ExitCode> {
  const client = await connect(ctx, o);
  let pending = o.now === true ? await client.sweep() : (await client.status()).pending;
  const deadline = performance.now() + WAIT_MS;
  while (o.wait === true && left(pending) > 0 && performance.now() < deadline) {
    await sleep(LOOK_MS, undefined, { signal: ctx.signal });
    ({ pending } = await client.status());
  }
  if (o.json === true) sayJson(ctx, { pending });
  else {
    const { intents, removals, writing } = pending;
    say(ctx, `abandoned writes ${intents}, removals ${removals}, uploads under way ${writing}`);
  }
  return o.wait === true && left(pending) > 0 ? EXIT.partly : EXIT.ok;
}

function left({ intents, removals }: PendingView): number {
  return intents + removals;
}
