// The stages of `npm test`, in order. A stage whose `path` does not exist (yet) is not part of the run.
//
// vitest   names of projects in vitest.config.ts that run side by side; their tests are counted
// command  run as it is; counts as one test, and a failure ends the run when `required`
// all      only with PARALLAX_TEST=all

const tsc = ['node', 'node_modules/typescript-native/bin/tsc', '-b'];
const lab = ['bash', 'test/lab/lab'];

export const STAGES = [
  { name: 'build', command: tsc, limitSeconds: 120, required: true },
  // Before the tests that use what it installs: strace, qemu-img and Redis serve unit and integration tests.
  { name: 'clouds', command: [...lab, 'clouds'], path: 'test/lab', limitSeconds: 900, all: true },
  { name: 'unit', vitest: ['unit'], limitSeconds: 300 },
  { name: 'integration', vitest: ['integration'], limitSeconds: 600 },
  { name: 'acceptance', vitest: ['acceptance'], path: 'test/acceptance', limitSeconds: 900 },
  // They share nothing but Keystone, and wait for one process at a time.
  { name: 'systems', vitest: ['clients', 'ha', 'differential'], limitSeconds: 1200, all: true },
  // Late: even idle, these services take a tenth of two cores.
  { name: 'services', command: [...lab, 'stores'], path: 'test/lab', limitSeconds: 600, all: true },
  { name: 'stores', vitest: ['stores'], limitSeconds: 900 },
  { name: 'kinds', vitest: ['kinds'], path: 'test/kinds', limitSeconds: 900 },
  { name: 'faults', vitest: ['faults'], path: 'test/faults', limitSeconds: 900 },
];
