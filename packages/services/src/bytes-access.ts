import {
  type Engine,
  localSource,
  ManifestCache,
  openBlob,
  openRelayedIntent,
  type RelayClient,
  relaySource,
  relayWriter,
} from '@parallax/bytes';
import {
  AppError,
  type BlobWriter,
  type Catalog,
  type Intent,
  type Location,
  type Node,
  type StoreFacts,
  type StoreRegistry,
} from '@parallax/core';
import type { BytesAccess } from './context.ts';

/** A node that died a moment ago may still be listed: then the next one is asked. */
const NODES_TRIED = 3;

export interface BytesAccessParts {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly stores: StoreRegistry;
  readonly relay: RelayClient;
  readonly bootId: string;
  nodes(): readonly Node[];
}

/** A process opens a store itself when its registry has it, else through a live node that does (design §2). */
export function createBytesAccess(parts: BytesAccessParts): BytesAccess {
  const { engine, catalog, stores, relay } = parts;
  const manifests = new ManifestCache(catalog.contents);
  const nodesWith = (storeId: string): readonly Node[] =>
    parts
      .nodes()
      .filter((node) => node.stores.includes(storeId))
      .slice(0, NODES_TRIED);
  const nodeFor = (store: StoreFacts): Node => {
    const [node] = nodesWith(store.id);
    if (node !== undefined) return node;
    throw new AppError('unavailable', `No node of region ${store.region} can be reached`, {
      retryAfterMs: 10_000,
    });
  };
  return {
    engine,
    manifest: (imageId) => manifests.reader(imageId),
    sources: (location: Location) => {
      const store = stores.find(location.storeId);
      if (store !== undefined) return [localSource(store, location)];
      return nodesWith(location.storeId).map((node) => relaySource(relay, node.url, location));
    },
    begin: async (store: StoreFacts, intent: Intent, o): Promise<BlobWriter> => {
      const local = stores.find(store.id);
      if (local !== undefined) {
        const writer = await local.begin(intent.key, o);
        try {
          await catalog.intents.setSession(intent.id, writer.session, parts.bootId);
        } catch (error) {
          // Nobody else knows this writer: what it began would keep its space.
          await writer.abort();
          throw error;
        }
        return writer;
      }
      return relayWriter(relay, nodeFor(store).url, intent.id);
    },
    openWritten: async (store: StoreFacts, intent: Intent, signal: AbortSignal) => {
      const local = stores.find(store.id);
      if (local !== undefined) {
        return openBlob(local, intent.key, { start: 0 }, { signal, uncached: true });
      }
      return openRelayedIntent(relay, nodeFor(store).url, { id: intent.id, signal });
    },
  };
}
