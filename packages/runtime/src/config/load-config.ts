import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AppError } from '@parallax/core';
import { checkConfig } from './check.ts';
import type { Config, StaticToken } from './config.ts';
import { toConfig, toTokens } from './convert.ts';
import { type FieldPath, formatPath, Problems } from './problems.ts';
import {
  type ConfigFile,
  configSchema,
  type StaticTokensFile,
  staticTokensSchema,
} from './schema.ts';
import { SourceFile } from './source-file.ts';
import { type Fault, validate } from './validate.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigOverrides {
  /** Only PARALLAX_DATABASE_URL, REDIS_URL and PARALLAX_INTERNAL_KEY are looked at. Default: the process's. */
  readonly env?: Environment;
  /** Instead of `admin_listen.port`. */
  readonly adminPort?: number;
}

/** Secrets that deployments inject; everything else has one place, the file. */
const ENV_FIELDS: Readonly<Record<string, FieldPath>> = {
  PARALLAX_DATABASE_URL: ['database', 'url'],
  REDIS_URL: ['queue', 'url'],
  PARALLAX_INTERNAL_KEY: ['internal', 'key'],
};

/** The whole configuration of a node, or `invalid_request` whose message lists everything wrong as `file:line: field: …`. */
export function loadConfig(file: string, overrides: ConfigOverrides = {}): Config {
  const path = resolve(file);
  const source = new SourceFile(path);
  const value = source.toValue();
  const fromEnv = applyEnv(value, overrides.env ?? process.env);
  const problems = new Problems();
  const report = (faults: readonly Fault[]): void => {
    for (const { path: field, message } of faults) {
      const variable = fromEnv.get(formatPath(field));
      if (variable !== undefined) problems.add({ file: variable, message });
      else problems.add({ file, line: source.lineOf(field), path: field, message });
    }
  };
  report(validate(configSchema, value));
  problems.throwIfAny();
  // Just validated against the schema the type is derived from.
  const valid = value as ConfigFile;
  const secrets = readSecrets({ path, file: valid, fromEnv, report, problems });
  const config = toConfig(path, valid, secrets);
  report(checkConfig(valid, config));
  if (config.database.url === '')
    report([
      {
        path: ['database', 'url'],
        message: 'is required, here or as PARALLAX_DATABASE_URL: expected postgres://…',
      },
    ]);
  problems.throwIfAny();
  const { host, port } = config.adminListen;
  return { ...config, adminListen: { host, port: overrides.adminPort ?? port } };
}

/** Writes the variables into the parsed file; returns which fields came from which. */
function applyEnv(value: unknown, env: Environment): ReadonlyMap<string, string> {
  const applied = new Map<string, string>();
  if (!isMapping(value)) return applied;
  for (const [variable, [section = '', field = '']] of Object.entries(ENV_FIELDS)) {
    const given = env[variable];
    if (given === undefined || given === '') continue;
    const inner = value[section] ?? {};
    if (!isMapping(inner)) continue;
    value[section] = { ...inner, [field]: given };
    applied.set(formatPath([String(section), field]), variable);
  }
  return applied;
}

function isMapping(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSecrets({
  path,
  file,
  fromEnv,
  report,
  problems,
}: {
  readonly path: string;
  readonly file: ConfigFile;
  readonly fromEnv: ReadonlyMap<string, string>;
  readonly report: (faults: readonly Fault[]) => void;
  readonly problems: Problems;
}): { readonly internalKey: string; readonly tokens: readonly StaticToken[] } {
  const beside = (name: string): string => resolve(dirname(path), name);
  const { key, key_file } = file.internal ?? {};
  const internalKey = key ?? (key_file === undefined ? '' : readKey(beside(key_file), report));
  if (key === undefined && key_file === undefined)
    report([
      {
        path: ['internal', 'key'],
        message:
          'is required, here, in key_file or as PARALLAX_INTERNAL_KEY: expected at least 16 characters',
      },
    ]);
  if (key !== undefined && key_file !== undefined && !fromEnv.has('internal.key'))
    report([
      { path: ['internal', 'key_file'], message: 'expected one of key and key_file, not both' },
    ]);
  const tokensFile = file.identity?.static_tokens_file;
  return {
    internalKey,
    tokens: tokensFile === undefined ? [] : readTokens(beside(tokensFile), problems),
  };
}

function readKey(path: string, report: (faults: readonly Fault[]) => void): string {
  const fail = (message: string): string => {
    report([{ path: ['internal', 'key_file'], message }]);
    return '';
  };
  try {
    const key = readFileSync(path, 'utf8').trim();
    return key.length < 16 ? fail(`expected at least 16 characters in ${path}`) : key;
  } catch (error) {
    return fail(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readTokens(path: string, problems: Problems): readonly StaticToken[] {
  let source: SourceFile;
  try {
    source = new SourceFile(path);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    problems.add({ file: path, message: error.message.replace(`${path}: `, '') });
    return [];
  }
  const value = source.toValue();
  const faults = validate(staticTokensSchema, value);
  for (const { path: field, message } of faults)
    problems.add({ file: path, line: source.lineOf(field), path: field, message });
  // Just validated against the schema the type is derived from.
  return faults.length > 0 ? [] : toTokens(value as StaticTokensFile);
}
