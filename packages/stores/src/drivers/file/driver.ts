import type { StoreDriver } from '@parallax/core';
import { type FileConfig, modeOf, parseFileConfig, rootsOf } from './config.ts';
import { FoldersStore } from './folders-store.ts';
import { FileStore } from './store.ts';

/** Opens without looking at the roots: a node starts while a disk is away, and its calls say so. */
export const fileDriver: StoreDriver<FileConfig> = {
  kind: 'file',
  parseConfig: parseFileConfig,
  redact: (config) => ({ ...config }),
  create: async (id, config) => {
    const o = { directIo: config.direct_io ?? true, fileMode: modeOf(config) };
    const folders = rootsOf(config).map(({ path, weight }) => ({
      store: new FileStore(id, path, o),
      weight,
    }));
    const [only] = folders;
    return only !== undefined && folders.length === 1 ? only.store : new FoldersStore(id, folders);
  },
};
