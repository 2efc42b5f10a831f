import { type CliContext, type CommonOptions, say, sayJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { connect } from '../federation/connect.ts';
import type { StatusView } from '../federation/views.ts';
import { table } from '../output/table.ts';

/** Regions, their nodes and stores, what moves and what waits. Partly: a store is down or a region has no worker. */
export async function status(ctx: CliContext, o: CommonOptions): Promise<ExitCode> {
  const view = await (await connect(ctx, o)).status();
  if (o.json === true) sayJson(ctx, view);
  else say(ctx, describe(view));
  return isWhole(view) ? EXIT.ok : EXIT.partly;
}

function isWhole(view: StatusView): boolean {
  return view.regions.every(
    ({ nodes, stores }) =>
      stores.every(({ state }) => state === 'up') &&
      (stores.length === 0 || nodes.some(({ role }) => role === 'worker')),
  );
}

function describe(view: StatusView): string {
  const stores = view.regions.flatMap(({ stores }) =>
    stores.map((store) => {
      const marks = [store.is_default ? 'default' : '', store.read_only ? 'read-only' : ''];
      const state =
        store.state_reason === null ? store.state : `${store.state}: ${store.state_reason}`;
      return [store.region, store.id, store.kind, marks.filter(Boolean).join(' '), state];
    }),
  );
  const nodes = view.regions.map(({ id, nodes }) => {
    const count = (role: string) => String(nodes.filter((node) => node.role === role).length);
    return [id, count('gateway'), count('worker')];
  });
  const counts = (of: object) =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return [
    table(['REGION', 'GATEWAYS', 'WORKERS'], nodes),
    '',
    table(['REGION', 'STORE', 'KIND', '', 'STATE'], stores),
    '',
    `transfers: ${counts(view.transfers)}`,
    `to be swept: ${counts(view.pending)}`,
  ].join('\n');
}
