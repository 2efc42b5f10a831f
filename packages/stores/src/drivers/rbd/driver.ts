import { isAppError, type StoreDriver } from '@parallax/core';
import { redactCeph } from '../../ceph/config.ts';
import { cautionsOf, parseRbdConfig, type RbdConfig } from './config.ts';
import { RbdStore } from './store.ts';

/** Asks the cluster for its fsid when the definition does not say it; a cluster that is away does not keep a node from starting. */
export const rbdDriver: StoreDriver<RbdConfig> = {
  kind: 'rbd',
  parseConfig: parseRbdConfig,
  redact: redactCeph,
  cautions: cautionsOf,
  create: async (id, config) => {
    const store = new RbdStore(id, config);
    if (config.fsid !== undefined) return store;
    await store.connect().catch((error: unknown) => {
      // Every call will say so.
      if (!isAppError(error, 'unavailable')) throw error;
    });
    return store;
  },
};
