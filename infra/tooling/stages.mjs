// The stages of `npm test`, in order. A stage whose `path` does not exist (yet) is not part of the run.
//
// vitest   name of a project in vitest.config.ts; its tests are counted
// command  run as it is; counts as one test, and a failure ends the run when `required`
// all      only with PARALLAX_TEST=all

const tsc = ['node', 'node_modules/typescript-native/bin/tsc', '-b'];

export const STAGES = [
  { name: 'build', command: tsc, limitSeconds: 120, required: true },
  // Before the tests that use what it installs: strace, qemu-img and Redis serve unit and integration tests.
  { name: 'lab', command: ['npm', 'run', 'lab'], path: 'test/lab', limitSeconds: 1200, all: true },
  { name: 'unit', vitest: 'unit', limitSeconds: 300 },
  { name: 'integration', vitest: 'integration', limitSeconds: 600 },
  { name: 'stores', vitest: 'stores', limitSeconds: 900 },
  { name: 'acceptance', vitest: 'acceptance', path: 'test/acceptance', limitSeconds: 900 },
  { name: 'kinds', vitest: 'kinds', path: 'test/kinds', limitSeconds: 900 },
  { name: 'faults', vitest: 'faults', path: 'test/faults', limitSeconds: 900 },
  { name: 'ha', vitest: 'ha', path: 'test/ha', limitSeconds: 600, all: true },
  { name: 'clients', vitest: 'clients', path: 'test/clients', limitSeconds: 1200, all: true },
  {
    name: 'differential',
    vitest: 'differential',
    path: 'test/differential',
    limitSeconds: 600,
    all: true,
  },
];
