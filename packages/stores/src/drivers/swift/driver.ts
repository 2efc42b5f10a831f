import { isAppError, type StoreDriver } from '@parallax/core';
import { readSecret } from '../../config-fields.ts';
import { openAuth, trustOf } from './auth.ts';
import { SwiftClient } from './client.ts';
import { cautionsOf, parseSwiftConfig, redactSwift, type SwiftConfig } from './config.ts';
import { SwiftStore } from './store.ts';

/** Asks for a token, because its account belongs to the URLs of blobs; a Swift that is away does not keep a node from starting. */
export const swiftDriver: StoreDriver<SwiftConfig> = {
  kind: 'swift',
  parseConfig: parseSwiftConfig,
  redact: redactSwift,
  cautions: cautionsOf,
  create: async (id, config) => {
    const trust = await trustOf(config);
    const tempUrlKey =
      config.temp_url === true ? await readSecret(config, 'temp_url_key') : undefined;
    const client = new SwiftClient(await openAuth(config, trust), trust);
    const storageUrl = config.storage_url?.replace(/\/+$/, '') ?? (await knownUrl(client));
    return new SwiftStore(id, { client, config, storageUrl, tempUrlKey });
  },
};

async function knownUrl(client: SwiftClient): Promise<string | undefined> {
  try {
    return (await client.access()).storageUrl;
  } catch (error) {
    // Every call will say so.
    if (isAppError(error)) return undefined;
    throw error;
  }
}
