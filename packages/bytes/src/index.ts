export {
  type ReadBackOptions,
  type RecheckOptions,
  readBack,
  recheckLedger,
} from './copy/check.ts';
export { type CopyOptions, copyContent } from './copy/copy-content.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { type Ingested, type IngestOptions, ingest } from './ingest/ingest.ts';
export { HeldManifest, ManifestBuilder, ManifestCache, type ManifestReader } from './manifest.ts';
export { openVerified, type ReadVerifiedOptions, type VerifiedRead } from './read/open-verified.ts';
export { RelayClient, type RelayClientOptions } from './relay/client.ts';
export type { RelayRoutesOptions } from './relay/relay-call.ts';
export { openRelayedIntent, relaySource } from './relay/relay-source.ts';
export { relayWriter } from './relay/relay-writer.ts';
export { type RelayHandler, relayRoutes } from './relay/routes.ts';
export { localSource, openBlob } from './source/local.ts';
export type { BadSource, Source } from './source/source.ts';
