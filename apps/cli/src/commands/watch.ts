import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { FederationClient } from '../federation/client.ts';
import type { TransferView } from '../federation/views.ts';
import { Progress } from '../output/progress.ts';

const EVERY_MS = 250;

/** Shows the transfers until all have ended; returns how they ended. `show: false` only waits. */
export async function watchTransfers(
  ctx: CliContext,
  client: FederationClient,
  o: { readonly ids: readonly number[]; readonly show: boolean },
): Promise<readonly TransferView[]> {
  const progress = new Progress(ctx);
  let transfers: readonly TransferView[] = [];
  for (;;) {
    const before = new Map(transfers.map((transfer) => [transfer.id, transfer]));
    const look = async (id: number): Promise<TransferView> => {
      const last = before.get(id);
      return last !== undefined && hasEnded(last) ? last : client.transfer(id);
    };
    transfers = await Promise.all(o.ids.map(look));
    if (o.show) progress.show(transfers);
    if (transfers.every(hasEnded)) return transfers;
    await sleep(EVERY_MS, undefined, { signal: ctx.signal });
  }
}

/** ok: all arrived; partly: some did. */
export function outcomeOf(transfers: readonly TransferView[]): ExitCode {
  const arrived = transfers.filter(({ state }) => state === 'succeeded').length;
  if (arrived === transfers.length) return EXIT.ok;
  return arrived > 0 ? EXIT.partly : EXIT.failed;
}

function hasEnded(transfer: TransferView): boolean {
  return transfer.finished_at !== null;
}
