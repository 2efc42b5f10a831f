export { migrate } from './migrate.ts';
export { type CatalogOptions, openCatalog } from './open-catalog.ts';
