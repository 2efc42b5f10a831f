import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit-codes.ts';
import type { FederationClient } from '../federation/client.ts';
import type { TransferView, WhereView } from '../federation/views.ts';
import { Progress } from '../output/progress.ts';

const LOOK_MS = 100;

/** Repeats `look` until it returns something. */
export async function eventually<T>(
  ctx: CliContext,
  what: string,
  ms: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + ms;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(LOOK_MS, undefined, { signal: ctx.signal });
  }
  throw new CliError(`${what} did not happen within ${ms / 1000} s`);
}

/** Regions in which the image has a copy that is routed. */
function regionsWithCopy({ cells }: WhereView): ReadonlySet<string> {
  return new Set(
    cells
      .filter((cell) => cell.state === 'active' && cell.store_state === 'up')
      .map((cell) => cell.region),
  );
}

/** Shows the transfers of an image that are younger than `after` until it has a copy in every one of `regions`. */
export async function showCopies(
  ctx: CliContext,
  client: FederationClient,
  o: {
    readonly id: string;
    readonly regions: readonly string[];
    readonly after: number;
    readonly ms: number;
  },
): Promise<readonly TransferView[]> {
  const progress = new Progress(ctx);
  return eventually(ctx, `a copy in ${o.regions.join(', ')}`, o.ms, async () => {
    const { transfers } = await client.transfers({ image: o.id, limit: 100 });
    const young = transfers.filter(({ id }) => id > o.after).reverse();
    progress.show(young);
    const there = regionsWithCopy(await client.where(o.id));
    const done = o.regions.every((region) => there.has(region));
    return done && young.every((transfer) => transfer.finished_at !== null) ? young : undefined;
  });
}
