import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAppError } from '@parallax/core';
import { afterAll } from 'vitest';
import { type ConfigOverrides, loadConfig } from './load-config.ts';

export const folder = mkdtempSync(join(tmpdir(), 'parallax-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const KEY = 'internal: { key: 0123456789abcdef }';
export const BASE = `region: east
database: { url: "postgres://u:p@localhost/parallax" }
${KEY}
`;
export const STORE = `stores:
  - { id: east-1, region: east, kind: file, path: /data/east-1, shared: true }
`;

export function load(text: string, overrides: ConfigOverrides = { env: {} }) {
  const file = join(folder, 'parallax.yaml');
  writeFileSync(file, text);
  return loadConfig(file, overrides);
}

/** The lines of the refusal, without the folder. */
export function refusal(text: string, overrides?: ConfigOverrides): string[] {
  try {
    load(text, overrides);
  } catch (error) {
    if (isAppError(error, 'invalid_request'))
      return error.message.replaceAll(`${folder}/`, '').split('\n');
    throw error;
  }
  return [];
}
