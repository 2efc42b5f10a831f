export { FILE_CONFIG, type FileConfig } from './drivers/file/config.ts';
export { fileDriver } from './drivers/file/driver.ts';
export { limitLayer } from './layers/limit.ts';
export { type StandardLayerOptions, standardLayers } from './layers/standard.ts';
export { type StoreTelemetry, telemetryLayer } from './layers/telemetry.ts';
export { timeoutLayer } from './layers/timeout.ts';
export { type Around, type StoreCall, wrapStore } from './layers/wrap-store.ts';
export { createRegistry, type OpenRegistry, type StoreDefinition } from './registry.ts';
