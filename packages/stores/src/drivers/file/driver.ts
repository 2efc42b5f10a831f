import type { StoreDriver } from '@parallax/core';
import { type FileConfig, parseFileConfig } from './config.ts';
import { FileStore } from './store.ts';

/** Opens without looking at the root: a node starts while a disk is away, and its calls say so. */
export const fileDriver: StoreDriver<FileConfig> = {
  kind: 'file',
  parseConfig: parseFileConfig,
  redact: (config) => ({ ...config }),
  create: async (id, config) =>
    new FileStore(id, config.path.replace(/\/+$/, ''), { directIo: config.direct_io ?? true }),
};
