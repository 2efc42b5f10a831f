import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliContext, type CommonOptions, say, sayJson } from '../context.ts';
import { CliError, EXIT, type ExitCode } from '../exit-codes.ts';
import { connect } from '../federation/connect.ts';

const CARRIED_OUT_MS = 60_000;
const LOOK_MS = 250;

/** Declares the copies in a store gone. Partly: asked for, and no worker has carried it out in a minute. */
export async function acceptEmpty(
  ctx: CliContext,
  name: string,
  o: CommonOptions & { readonly yes?: boolean },
): Promise<ExitCode> {
  const client = await connect(ctx, o);
  if (o.yes !== true) await confirm(ctx, name);
  await client.acceptEmpty(name);
  const deadline = performance.now() + CARRIED_OUT_MS;
  for (;;) {
    const store = (await client.stores()).find(({ id }) => id === name);
    const done = store?.state === 'up';
    if (!done && performance.now() < deadline) {
      await sleep(LOOK_MS, undefined, { signal: ctx.signal });
      continue;
    }
    if (o.json === true) sayJson(ctx, store);
    else if (done) say(ctx, `store ${name} is up and empty; policies refill it`);
    else
      say(
        ctx,
        `store ${name} is ${store?.state}; a worker of its region has still to carry it out`,
      );
    return done ? EXIT.ok : EXIT.partly;
  }
}

async function confirm(ctx: CliContext, name: string): Promise<void> {
  if (ctx.stdin.isTTY !== true) {
    throw new CliError('nobody to ask: say --yes to declare the copies gone', EXIT.usage);
  }
  const question = `All copies in ${name} are forgotten and cannot be brought back by mounting it again.\nType its name to go on: `;
  const lines = createInterface({ input: ctx.stdin, output: process.stdout });
  try {
    const answer = await lines.question(question, { signal: ctx.signal });
    if (answer.trim() !== name) throw new CliError('nothing was done');
  } finally {
    lines.close();
  }
}
