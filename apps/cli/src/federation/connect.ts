import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CliContext, CommonOptions } from '../context.ts';
import { CliError } from '../exit-codes.ts';
import { runningUrl } from '../up/lock.ts';
import { DEFAULT_PORT } from '../up/plan-defaults.ts';
import { stateFolder } from '../up/state-folder.ts';
import { FederationClient } from './client.ts';

/** Folder of the embedded deployment that the commands look at. */
export function stateRoot(ctx: CliContext): string {
  return resolve(ctx.env['PARALLAX_STATE'] || '.parallax');
}

/** By flag, else by environment, else what `parallax up` left in its state folder. */
export async function connect(ctx: CliContext, o: CommonOptions): Promise<FederationClient> {
  const folder = stateFolder(stateRoot(ctx));
  const url =
    o.url ||
    ctx.env['PARALLAX_URL'] ||
    (await runningUrl(folder.lock)) ||
    `http://127.0.0.1:${DEFAULT_PORT}`;
  const token =
    o.token ||
    ctx.env['OS_TOKEN'] ||
    (await readFile(folder.adminToken, 'utf8').catch(() => '')).trim();
  if (token === '') {
    throw new CliError(`no token: give --token or OS_TOKEN (there is none in ${folder.root})`);
  }
  return new FederationClient({ url, token, signal: ctx.signal });
}
