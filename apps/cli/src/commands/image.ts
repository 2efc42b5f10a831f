import { type CliContext, type CommonOptions, say, sayJson } from '../context.ts';
import { CliError, EXIT, type ExitCode } from '../exit-codes.ts';
import { connect } from '../federation/connect.ts';
import type { TransferView, WhereView } from '../federation/views.ts';
import { formatBytes } from '../output/quantities.ts';
import { table } from '../output/table.ts';
import { outcomeOf, watchTransfers } from './watch.ts';

/** Where an image is, how that is known, and why it is not elsewhere. */
export async function imageWhere(ctx: CliContext, id: string, o: CommonOptions): Promise<ExitCode> {
  const view = await (await connect(ctx, o)).where(id);
  if (o.json === true) sayJson(ctx, view);
  else say(ctx, describe(view));
  return EXIT.ok;
}

function describe({ image, cells }: WhereView): string {
  const size = image.size === null ? 'no bytes' : formatBytes(image.size);
  const rows = cells.map((cell) => {
    const proved = cell.proved_at === null ? '' : ` ${cell.proved_at.slice(0, 19)}Z`;
    const { transfer } = cell;
    const moved =
      transfer === null || transfer.bytes_total === 0
        ? ''
        : `${Math.floor((100 * transfer.bytes_done) / transfer.bytes_total)}% `;
    const why = cell.reason === null ? '' : `${cell.reason}: ${cell.remedy}`;
    const state =
      cell.store_state === 'up' ? cell.state : `${cell.state} (store ${cell.store_state})`;
    return [
      cell.region,
      cell.store_id,
      state,
      `${cell.proof ?? ''}${proved}`,
      cell.asked_by ?? '',
      moved + why,
    ];
  });
  return [
    `${image.id}  ${image.name ?? ''}  ${image.status}  ${size}`,
    ...(image.os_hash_value === null ? [] : [`sha512 ${image.os_hash_value}`]),
    table(['REGION', 'STORE', 'STATE', 'PROOF', 'ASKED BY', 'WHY'], rows),
  ].join('\n');
}

/** Undoes a delete, while the image is pending_delete. */
export async function imageRestore(
  ctx: CliContext,
  id: string,
  o: CommonOptions,
): Promise<ExitCode> {
  const view = await (await connect(ctx, o)).restore(id);
  if (o.json === true) sayJson(ctx, view);
  else say(ctx, `image ${view.id} is ${view.status} again`);
  return EXIT.ok;
}

/** Copies to one or several stores; with `wait` it shows the progress and ends when they do. */
export async function imageCopy(
  ctx: CliContext,
  id: string,
  o: CommonOptions & { readonly to: readonly string[]; readonly wait?: boolean },
): Promise<ExitCode> {
  const client = await connect(ctx, o);
  const asked: TransferView[] = [];
  const refused: CliError[] = [];
  for (const store of o.to) {
    try {
      asked.push(await client.copy(id, store));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      refused.push(error);
    }
  }
  const [first] = refused;
  if (asked.length === 0 && first !== undefined) throw first;
  for (const error of refused) ctx.stderr.write(`${error.message}\n`);
  const ids = asked.map((transfer) => transfer.id);
  const show = o.json !== true;
  const transfers = o.wait === true ? await watchTransfers(ctx, client, { ids, show }) : asked;
  if (!show) sayJson(ctx, { transfers });
  else if (o.wait !== true) {
    for (const transfer of transfers)
      say(ctx, `transfer ${transfer.id} to ${transfer.store_id} ${transfer.state}`);
  }
  if (refused.length > 0) return EXIT.partly;
  return o.wait === true ? outcomeOf(transfers) : EXIT.ok;
}
