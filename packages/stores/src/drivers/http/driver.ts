import { readFile } from 'node:fs/promises';
import type { StoreDriver } from '@parallax/core';
import { UrlFetcher } from '@parallax/runtime';
import { badField } from '../../config-fields.ts';
import { cautionsOf, type HttpConfig, parseHttpConfig } from './config.ts';
import { HttpStore } from './store.ts';

export const httpDriver: StoreDriver<HttpConfig> = {
  kind: 'http',
  parseConfig: parseHttpConfig,
  redact: (config) => ({ ...config }),
  cautions: cautionsOf,
  create: async (id, { allow = [], ca_file: caFile }) => {
    const ca = caFile === undefined ? undefined : await readCa(caFile);
    return new HttpStore(id, new UrlFetcher({ allow, ca }));
  },
};

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw badField('ca_file', 'cannot be read');
  }
}
