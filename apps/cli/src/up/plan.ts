import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isAppError } from '@parallax/core';
import type { Environment } from '@parallax/runtime';
import { parseDocument } from 'yaml';
import { CliError, EXIT } from '../exit-codes.ts';
import { DEFAULT_PORT } from './plan-defaults.ts';
import { prepareState, type StateFolder, stateFolder } from './state-folder.ts';

/** What `up` shall start. */
export interface Plan {
  readonly folder: StateFolder;
  readonly gatewayConfig: string;
  readonly workerConfig: string;
  /** Where clients connect. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** Where the worker's own listener is. */
  readonly adminHost: string;
  /** No address is configured, so `up` runs a Postgres. */
  readonly ownDatabase: boolean;
  /** Tokens, clients' files and demo regions are ours; with the stores that must be usable before it is ready. */
  readonly embedded: { readonly stores: readonly string[] } | undefined;
}

export interface PlanOptions {
  readonly state: string;
  readonly config?: string | undefined;
  readonly port?: number | undefined;
  readonly demoPolicy: boolean;
  readonly env: Environment;
}

export function makePlan(o: PlanOptions): Promise<Plan> {
  return o.config === undefined ? planEmbedded(o) : planConfigured(resolve(o.config), o.env);
}

/** Everything is checked before anything starts. */
async function planConfigured(path: string, env: Environment): Promise<Plan> {
  const text = await readText(path);
  const ownDatabase = isWithoutDatabase(parseDocument(text).toJS(), env);
  // Loading it takes as long as all the rest of `up`, and the embedded deployment does without.
  const { loadConfig } = await import('@parallax/runtime');
  try {
    const known = ownDatabase ? { ...env, PARALLAX_DATABASE_URL: 'postgres://embedded/' } : env;
    const config = loadConfig(path, { env: known });
    const folder = stateFolder(config.state);
    await mkdir(folder.logs, { recursive: true, mode: 0o711 });
    return {
      folder,
      gatewayConfig: path,
      workerConfig: path,
      listen: config.listen,
      adminHost: config.adminListen.host,
      ownDatabase,
      embedded: undefined,
    };
  } catch (error) {
    if (isAppError(error)) throw new CliError(error.message, EXIT.failed, { cause: error });
    throw error;
  }
}

/** The files are ours or were changed by hand since: only what `up` itself needs is read; the children check the rest. */
async function planEmbedded(o: PlanOptions): Promise<Plan> {
  const folder = stateFolder(resolve(o.state));
  await prepareState(folder, { port: o.port ?? DEFAULT_PORT, demoPolicy: o.demoPolicy });
  if (o.port !== undefined) await setPort(folder.gatewayConfig, o.port);
  const [gateway, worker] = await Promise.all(
    [folder.gatewayConfig, folder.workerConfig].map(
      async (path): Promise<unknown> => parseDocument(await readText(path)).toJS(),
    ),
  );
  const listeners = list(field(gateway, 'listen'));
  return {
    folder,
    gatewayConfig: folder.gatewayConfig,
    workerConfig: folder.workerConfig,
    listen: (listeners.length === 0 ? [{}] : listeners).map((listener) => ({
      host: String(field(listener, 'host') ?? '127.0.0.1'),
      port: Number(field(listener, 'port') ?? DEFAULT_PORT),
    })),
    adminHost: String(field(field(worker, 'admin_listen'), 'host') ?? '127.0.0.1'),
    ownDatabase: isWithoutDatabase(gateway, o.env) && isWithoutDatabase(worker, o.env),
    embedded: { stores: list(field(worker, 'stores')).map((store) => String(field(store, 'id'))) },
  };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw new CliError(`cannot read ${path}: ${cause.message}`, EXIT.usage, { cause });
  });
}

function isWithoutDatabase(config: unknown, env: Environment): boolean {
  const given = env['PARALLAX_DATABASE_URL'] || field(field(config, 'database'), 'url');
  return given === undefined || given === '';
}

/** The port somebody asks for now wins over the file, and is kept. The rest of the file stays as it was written. */
async function setPort(path: string, port: number): Promise<void> {
  const document = parseDocument(await readText(path));
  if (document.getIn(['listen', 0, 'port']) === port) return;
  document.setIn(['listen', 0, 'port'], port);
  await writeFile(path, document.toString({ lineWidth: 0 }));
}

/** A member of something that was only parsed. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
