import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isAppError } from '@parallax/core';
import { type Config, type Environment, loadConfig } from '@parallax/runtime';
import { parseDocument } from 'yaml';
import { CliError, EXIT } from '../exit-codes.ts';
import { DEFAULT_PORT } from './plan-defaults.ts';
import { prepareState, type StateFolder, stateFolder } from './state-folder.ts';

/** What `up` shall start. */
export interface Plan {
  readonly folder: StateFolder;
  readonly gateway: Config;
  readonly worker: Config;
  /** No address is configured, so `up` runs a Postgres. */
  readonly ownDatabase: boolean;
  /** Tokens, clients' files and demo regions are ours. */
  readonly embedded: boolean;
}

export interface PlanOptions {
  readonly state: string;
  readonly config?: string | undefined;
  readonly port?: number | undefined;
  readonly demoPolicy: boolean;
  readonly env: Environment;
}

export async function makePlan(o: PlanOptions): Promise<Plan> {
  if (o.config !== undefined) {
    const read = await readConfig(resolve(o.config), o.env);
    const folder = stateFolder(read.config.state);
    const { config: worker, ownDatabase } = read;
    return { folder, gateway: worker, worker, ownDatabase, embedded: false };
  }
  const folder = stateFolder(resolve(o.state));
  await prepareState(folder, { port: o.port ?? DEFAULT_PORT, demoPolicy: o.demoPolicy });
  if (o.port !== undefined) await setPort(folder.gatewayConfig, o.port);
  const gateway = await readConfig(folder.gatewayConfig, o.env);
  const worker = await readConfig(folder.workerConfig, o.env);
  return {
    folder,
    gateway: gateway.config,
    worker: worker.config,
    ownDatabase: gateway.ownDatabase && worker.ownDatabase,
    embedded: true,
  };
}

async function readConfig(
  path: string,
  env: Environment,
): Promise<{ readonly config: Config; readonly ownDatabase: boolean }> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new CliError(`cannot read ${path}: ${cause.message}`, EXIT.usage, { cause });
  });
  const given = env['PARALLAX_DATABASE_URL'] || parseDocument(text).getIn(['database', 'url']);
  const ownDatabase = given === undefined || given === '';
  try {
    // The address is known only when the server runs; everything else is checked before anything starts.
    const known = ownDatabase ? { ...env, PARALLAX_DATABASE_URL: 'postgres://embedded/' } : env;
    return { config: loadConfig(path, { env: known }), ownDatabase };
  } catch (error) {
    if (isAppError(error)) throw new CliError(error.message, EXIT.failed, { cause: error });
    throw error;
  }
}

/** The port somebody asks for now wins over the file, and is kept. The rest of the file stays as it was written. */
async function setPort(path: string, port: number): Promise<void> {
  const document = parseDocument(await readFile(path, 'utf8'));
  if (document.getIn(['listen', 0, 'port']) === port) return;
  document.setIn(['listen', 0, 'port'], port);
  await writeFile(path, document.toString({ lineWidth: 0 }));
}
