export { STORE_DRIVERS } from './drivers.ts';
export { type StandardLayerOptions, standardLayers } from './layers/standard.ts';
export type { StoreTelemetry } from './layers/telemetry.ts';
export type { StoreCall } from './layers/wrap-store.ts';
export {
  createRegistry,
  type OpenRegistry,
  type RegistryOptions,
  type StoreDefinition,
} from './registry.ts';
