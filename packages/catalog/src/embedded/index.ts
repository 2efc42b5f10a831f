export { EmbeddedPostgresError, type EmbeddedPostgresFailure } from './embedded-postgres-error.ts';
export { processIdentity } from './postmaster.ts';
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './start.ts';
