import type { CliContext } from '../context.ts';
import type { TransferView } from '../federation/views.ts';
import { formatBytes, formatSeconds } from './quantities.ts';

const BAR_WIDTH = 24;
/** Without a terminal a line is written at each of these steps. */
const STEP = 0.1;

interface Seen {
  readonly at: number;
  readonly bytes: number;
}

/** Live view of transfers: bars that are redrawn on a terminal, else a line when something happened. */
export class Progress {
  readonly #ctx: CliContext;
  readonly #now: () => number;
  readonly #first = new Map<number, Seen>();
  readonly #said = new Map<number, string>();
  #drawn = 0;

  constructor(ctx: CliContext, now: () => number = () => performance.now()) {
    this.#ctx = ctx;
    this.#now = now;
  }

  show(transfers: readonly TransferView[]): void {
    for (const transfer of transfers) {
      if (!this.#first.has(transfer.id)) {
        this.#first.set(transfer.id, { at: this.#now(), bytes: transfer.bytes_done });
      }
    }
    if (this.#ctx.stdout.isTTY === true) this.#draw(transfers);
    else this.#tell(transfers);
  }

  #draw(transfers: readonly TransferView[]): void {
    const width = this.#ctx.stdout.columns ?? 80;
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`;
    const lines = transfers.map(
      (transfer) => `${this.#line(transfer).slice(0, width - 1)}\u001b[K\n`,
    );
    this.#ctx.stdout.write(`${up}${lines.join('')}\u001b[J`);
    this.#drawn = transfers.length;
  }

  #tell(transfers: readonly TransferView[]): void {
    for (const transfer of transfers) {
      const step = Math.floor(done(transfer) / STEP);
      const news = `${transfer.state} ${transfer.reason} ${step}`;
      if (this.#said.get(transfer.id) === news) continue;
      this.#said.set(transfer.id, news);
      this.#ctx.stdout.write(`${this.#line(transfer)}\n`);
    }
  }

  #line(transfer: TransferView): string {
    const share = done(transfer);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const why = transfer.reason === null ? '' : ` (${transfer.reason})`;
    const what = `${transfer.id}  ${transfer.image_id.slice(0, 8)} -> ${transfer.store_id.padEnd(8)}`;
    return `${what} ${bar} ${percent} of ${formatBytes(transfer.bytes_total)}  ${transfer.state}${why}${this.#pace(transfer)}`;
  }

  #pace(transfer: TransferView): string {
    const first = this.#first.get(transfer.id);
    const seconds = first === undefined ? 0 : (this.#now() - first.at) / 1000;
    const moved = transfer.bytes_done - (first?.bytes ?? 0);
    if (transfer.state !== 'running' || seconds < 0.5 || moved <= 0 || done(transfer) === 1)
      return '';
    const rate = moved / seconds;
    const left = formatSeconds((transfer.bytes_total - transfer.bytes_done) / rate);
    return `  ${formatBytes(rate)}/s  ${left} left`;
  }
}

function done(transfer: TransferView): number {
  if (transfer.state === 'succeeded') return 1;
  if (transfer.bytes_total <= 0) return 0;
  return Math.min(1, transfer.bytes_done / transfer.bytes_total);
}
