import { type CliContext, type CommonOptions, say, sayJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { FederationClient, TransferFilter } from '../federation/client.ts';
import { connect } from '../federation/connect.ts';
import type { TransferView } from '../federation/views.ts';
import { formatBytes } from '../output/quantities.ts';
import { table } from '../output/table.ts';
import { outcomeOf, watchTransfers } from './watch.ts';

const PAGE = 200;

async function listAll(
  client: FederationClient,
  filter: TransferFilter,
  limit: number,
): Promise<readonly TransferView[]> {
  const found: TransferView[] = [];
  let after: number | undefined;
  while (found.length < limit) {
    const size = Math.min(PAGE, limit - found.length);
    const page = await client.transfers({
      ...filter,
      limit: size,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.transfers);
    if (page.next === null) break;
    after = page.next;
  }
  return found;
}

export interface TransferListOptions extends CommonOptions {
  readonly live?: boolean;
  readonly image?: string;
  readonly store?: string;
  readonly limit: number;
}

/** Newest first. */
export async function transferList(ctx: CliContext, o: TransferListOptions): Promise<ExitCode> {
  const { image, store, limit } = o;
  const filter = { image, store, ...(o.live === true ? { live: true } : {}) };
  const transfers = await listAll(await connect(ctx, o), filter, limit);
  if (o.json === true) sayJson(ctx, { transfers });
  else say(ctx, describe(transfers));
  return EXIT.ok;
}

function describe(transfers: readonly TransferView[]): string {
  const rows = transfers.map((transfer) => [
    String(transfer.id),
    transfer.image_id,
    transfer.store_id,
    transfer.asked_by,
    transfer.reason === null ? transfer.state : `${transfer.state} (${transfer.reason})`,
    `${formatBytes(transfer.bytes_done)} of ${formatBytes(transfer.bytes_total)}`,
    transfer.created_at.slice(0, 19),
  ]);
  return table(['ID', 'IMAGE', 'TO', 'ASKED BY', 'STATE', 'DONE', 'SINCE (UTC)'], rows);
}

/** One transfer, or all that are live now, until they end. */
export async function transferWatch(
  ctx: CliContext,
  id: number | undefined,
  o: CommonOptions,
): Promise<ExitCode> {
  const client = await connect(ctx, o);
  const ids =
    id === undefined ? (await listAll(client, { live: true }, 1_000)).map((live) => live.id) : [id];
  const transfers = await watchTransfers(ctx, client, { ids, show: o.json !== true });
  if (o.json === true) sayJson(ctx, { transfers });
  else if (ids.length === 0) say(ctx, 'no transfer is live');
  return outcomeOf(transfers);
}

export async function transferCancel(
  ctx: CliContext,
  id: number,
  o: CommonOptions,
): Promise<ExitCode> {
  const transfer = await (await connect(ctx, o)).cancel(id);
  if (o.json === true) sayJson(ctx, transfer);
  else say(ctx, `transfer ${transfer.id} to ${transfer.store_id} ${transfer.state}`);
  return EXIT.ok;
}
