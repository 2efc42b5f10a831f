import type { StoreDriver } from '@parallax/core';
import { KeystoneClient, KeystoneSession } from '@parallax/openstack';
import { HttpCaller } from '../../wire/http-caller.ts';
import {
  credentialsOf,
  keystoneCautions,
  redactKeystone,
  trustOf,
} from '../../wire/keystone-config.ts';
import { GlanceClient } from './client.ts';
import { type GlanceConfig, parseGlanceConfig } from './config.ts';
import { GlanceStore } from './store.ts';

const TOKEN_MS = 10_000;
/** After the last byte Glance ends the write in its own store, which some stores do slowly. */
const UPLOAD_END_MS = 600_000;

/** Opens without a call: a node starts while a region is away, and its calls say so. */
export const glanceDriver: StoreDriver<GlanceConfig> = {
  kind: 'glance',
  parseConfig: parseGlanceConfig,
  redact: redactKeystone,
  cautions: keystoneCautions,
  create: async (id, config) => {
    const trust = await trustOf(config);
    const authUrl = config.auth_url.replace(/\/+$/, '');
    const keystone = new KeystoneClient({ authUrl, ...trust });
    const credentials = await credentialsOf(config);
    const client = new GlanceClient({
      keystone,
      session: new KeystoneSession({ client: keystone, credentials, timeoutMs: TOKEN_MS }),
      http: new HttpCaller({ what: 'glance', ...trust }),
      files: new HttpCaller({ what: 'glance', headersMs: UPLOAD_END_MS, ...trust }),
      authUrl,
      endpoint: config.endpoint,
      region: config.region_name,
      interface: config.interface ?? 'public',
    });
    const { backend, owner_map: ownerMap = {} } = config;
    return new GlanceStore(id, { client, backend, ownerMap });
  },
};
