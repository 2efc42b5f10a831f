import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));
const postgres = fileURLToPath(new URL('vitest-postgres.ts', import.meta.url));

interface Project {
  readonly name: string;
  readonly include: readonly string[];
  readonly timeoutMs: number;
  readonly postgres?: boolean;
  /** Its files share a place of the lab. */
  readonly oneByOne?: boolean;
}

function project(of: Project): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: of.name,
      root,
      include: [...of.include],
      exclude: ['**/node_modules/**', '**/dist/**'],
      testTimeout: of.timeoutMs,
      hookTimeout: of.timeoutMs,
      ...(of.oneByOne === true ? { fileParallelism: false } : { maxWorkers }),
      ...(of.postgres === true ? { globalSetup: [postgres] } : {}),
    },
  };
}

// Tests wait more than they compute: vitest's own choice, one core less than there are, leaves two cores half idle.
const maxWorkers = Math.max(2, availableParallelism() - 1);

// Packages resolve to their sources, so tests never see a stale build.
const conditions = ['source', 'node'];

export default defineConfig({
  root,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      project({
        name: 'unit',
        include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
        timeoutMs: 10_000,
      }),
      project({
        name: 'integration',
        include: ['packages/*/src/**/*.itest.ts', 'apps/*/src/**/*.itest.ts'],
        timeoutMs: 60_000,
        postgres: true,
      }),
      // Drivers against the real services of the lab.
      project({
        name: 'stores',
        include: ['packages/stores/src/**/*.ltest.ts'],
        timeoutMs: 120_000,
      }),
      project({
        name: 'acceptance',
        include: ['test/acceptance/**/*.test.ts'],
        timeoutMs: 120_000,
        postgres: true,
      }),
      // The product on every kind of store, each on its real service.
      project({
        name: 'kinds',
        include: ['test/kinds/**/*.test.ts'],
        timeoutMs: 180_000,
        postgres: true,
        oneByOne: true,
      }),
      project({
        name: 'clients',
        include: ['test/clients/**/*.test.ts', 'test/lab/**/*.test.ts'],
        timeoutMs: 120_000,
        postgres: true,
      }),
      project({
        name: 'differential',
        include: ['test/differential/**/*.test.ts'],
        timeoutMs: 60_000,
        postgres: true,
      }),
      project({
        name: 'faults',
        include: ['test/faults/**/*.test.ts'],
        timeoutMs: 120_000,
        postgres: true,
      }),
      project({
        name: 'ha',
        include: ['test/ha/**/*.test.ts'],
        timeoutMs: 120_000,
        postgres: true,
      }),
    ],
  },
});
