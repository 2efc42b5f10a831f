import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AppError } from '@parallax/core';
import type { StaticToken } from './config.ts';
import type { Secrets } from './convert.ts';
import { toTokens } from './convert-identity.ts';
import type { FieldPath, Problems } from './problems.ts';
import type { ConfigFile } from './schema.ts';
import { type StaticTokensFile, staticTokensSchema } from './schema-identity.ts';
import { SourceFile } from './source-file.ts';
import { type Fault, validate } from './validate.ts';

export interface SecretsOptions {
  /** Absolute path of the configuration file: others are named relative to it. */
  readonly path: string;
  readonly file: ConfigFile;
  /** Fields whose value is that of a variable. */
  readonly fromEnv: ReadonlyMap<string, string>;
  readonly report: (faults: readonly Fault[]) => void;
  readonly problems: Problems;
}

/** Reads the files that the configuration names. */
export function readSecrets(o: SecretsOptions): Secrets {
  const { path, file, report, problems } = o;
  const tokensFile = file.identity?.static_tokens_file;
  return {
    internalKey: readInternalKey(o),
    tokens: tokensFile === undefined ? [] : readTokens(beside(path, tokensFile), problems),
    files: new Map(
      keystoneFiles(file).map(([field, name]) => {
        const text = readNamed(beside(path, name), field, report);
        if (text?.trim() === '') report([{ path: field, message: `${name} is empty` }]);
        return [name, text];
      }),
    ),
  };
}

function beside(path: string, name: string): string {
  return resolve(dirname(path), name);
}

function readInternalKey({ path, file, fromEnv, report }: SecretsOptions): string {
  const { key, key_file } = file.internal ?? {};
  const fail = (field: 'key' | 'key_file', message: string): string => {
    report([{ path: ['internal', field], message }]);
    return '';
  };
  if (key === undefined && key_file === undefined) {
    return fail(
      'key',
      'is required, here, in key_file or as PARALLAX_INTERNAL_KEY: expected at least 16 characters',
    );
  }
  if (key !== undefined) {
    if (key_file !== undefined && !fromEnv.has('internal.key'))
      fail('key_file', 'expected one of key and key_file, not both');
    return key;
  }
  const from = beside(path, key_file ?? '');
  const read = readNamed(from, ['internal', 'key_file'], report)?.trim();
  if (read === undefined) return '';
  return read.length < 16 ? fail('key_file', `expected at least 16 characters in ${from}`) : read;
}

/** Secrets and certificates of Keystone, by the field that names them. */
function keystoneFiles({ identity }: ConfigFile): readonly (readonly [FieldPath, string])[] {
  const keystone = identity?.keystone;
  if (keystone === undefined) return [];
  const at: FieldPath = ['identity', 'keystone'];
  const places = [
    [at, keystone] as const,
    ...Object.entries(keystone.regions ?? {}).map(
      ([region, own]) => [[...at, 'regions', region], own] as const,
    ),
  ];
  return places.flatMap(([place, { ca_file, credentials }]) => {
    const named = { ca_file, ...pickFiles(credentials ?? {}) };
    return Object.entries(named).flatMap(([field, name]) => {
      const steps = field === 'ca_file' ? [field] : ['credentials', field];
      return name === undefined ? [] : [[[...place, ...steps], name] as const];
    });
  });
}

function pickFiles(credentials: Readonly<Record<string, string | undefined>>) {
  const names = Object.entries(credentials).filter(([field]) => field.endsWith('_file'));
  return Object.fromEntries(names);
}

/** Undefined, and reported, when it cannot be read. */
function readNamed(
  path: string,
  field: FieldPath,
  report: SecretsOptions['report'],
): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    report([{ path: field, message: `cannot be read: ${reason}` }]);
    return undefined;
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
