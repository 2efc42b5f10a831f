import { resolve } from 'node:path';
import { checkConfig } from './check.ts';
import type { Config } from './config.ts';
import { toConfig } from './convert.ts';
import { type FieldPath, formatPath, Problems } from './problems.ts';
import { type ConfigFile, configSchema } from './schema.ts';
import { readSecrets } from './secrets.ts';
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
