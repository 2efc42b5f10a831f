import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@parallax/catalog/embedded';
import type { TestProject } from 'vitest/node';

/**
 * One Postgres per test run; `createTestDatabase()` makes a database per suite in it.
 * PARALLAX_TEST_DATABASE_URL names another server instead (its user must be allowed to create databases).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['PARALLAX_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') {
    project.provide('testDatabaseServer', given);
    return async () => {};
  }
  const dir = await mkdtemp(join(tmpdir(), 'parallax-test-postgres-'));
  // A lost test database costs nothing; syncing every commit would cost most of the run.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const server = await startEmbeddedPostgres({ dir, settings });
  project.provide('testDatabaseServer', server.url);
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
