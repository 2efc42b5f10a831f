// Checks the layers, and that the check itself still works: modules were read, and every rule fails on a planted violation.
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import config from './layers.config.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function read(baseDir) {
  const { enhancedResolveOptions, ...options } = config.options;
  const ruleSet = { forbidden: config.forbidden };
  const result = await cruise(
    ['packages', 'apps'],
    { ...options, baseDir, validate: true, ruleSet, enhancedResolveOptions },
    enhancedResolveOptions,
  );
  return result.output;
}

/** One violation per rule, as source files of a tree with our layout. */
const PLANTED = {
  'no-cycles': {
    'packages/runtime/src/one.ts': "import './two.ts';",
    'packages/runtime/src/two.ts': "import './one.ts';",
  },
  resolvable: { 'packages/runtime/src/lost.ts': "import './nowhere.ts';" },
  'pure-imports-nothing': {
    'packages/core/src/up.ts': "import type { A } from '@parallax/runtime'; export type B = A;",
  },
  'pure-does-no-io': { 'packages/core/src/reads.ts': "import 'node:fs';" },
  'runtime-only-core': { 'packages/runtime/src/up.ts': "import '@parallax/stores';" },
  'openstack-only-core-and-runtime': {
    'packages/openstack/src/up.ts': "import '@parallax/catalog';",
  },
  'adapters-never-each-other': {
    'packages/stores/src/side.ts': "import type { A } from '@parallax/catalog'; export type B = A;",
  },
  'services-see-ports-only': { 'packages/services/src/down.ts': "import '@parallax/stores';" },
  'apps-not-apps': { 'apps/cli/src/side.ts': "import '@parallax/gateway';" },
  'by-name-across-workspaces': {
    'apps/cli/src/relative.ts': "import '../../../packages/runtime/src/index.ts';",
  },
  'testing-only-from-tests': { 'apps/cli/src/fake.ts': "import '@parallax/stores/testing';" },
  'drivers-never-each-other': {
    'packages/stores/src/drivers/one/store.ts': "import '../two/store.ts';",
    'packages/stores/src/drivers/two/store.ts': 'export {};',
  },
};

const LAWFUL = {
  'packages/core/src/lawful.ts':
    "import type { Readable } from 'node:stream'; export type B = Readable;",
  'packages/bytes/src/lawful.ts': "import '@parallax/core'; import '@parallax/runtime';",
  'packages/bytes/src/lawful.test.ts': "import '@parallax/bytes/testing';",
  'packages/stores/src/drivers/three/store.ts': "import '../../registry.ts';",
  'packages/stores/src/registry.ts': 'export {};',
};

async function plant(tree) {
  const packages = ['core', 'runtime', 'openstack', 'catalog', 'stores', 'bytes', 'services'];
  const workspaces = [...packages.map((name) => `packages/${name}`), 'apps/cli', 'apps/gateway'];
  const door = (name) => ({ source: `./src/${name}.ts` });
  const files = { ...LAWFUL, ...Object.assign({}, ...Object.values(PLANTED)) };
  files['package.json'] = JSON.stringify({ workspaces: ['packages/*', 'apps/*'] });
  await mkdir(join(tree, 'node_modules/@parallax'), { recursive: true });
  for (const workspace of workspaces) {
    const name = `@parallax/${workspace.split('/')[1]}`;
    const exports = { '.': door('index'), './testing': door('testing/index') };
    files[`${workspace}/package.json`] = JSON.stringify({ name, type: 'module', exports });
    files[`${workspace}/src/index.ts`] = 'export type A = string;';
    files[`${workspace}/src/testing/index.ts`] = 'export {};';
    await symlink(join(tree, workspace), join(tree, 'node_modules', name));
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
}

/** Names of rules that did not fail on their own violation, and lawful files that did. */
async function proveRules() {
  const tree = await realpath(await mkdtemp(join(tmpdir(), 'parallax-layers-')));
  try {
    await plant(tree);
    const { summary } = await read(tree);
    const caught = (rule, path) =>
      summary.violations.some((v) => v.rule.name === rule && v.from === path);
    const blind = Object.entries(PLANTED)
      .filter(([rule, files]) => !caught(rule, Object.keys(files)[0]))
      .map(([rule]) => `rule ${rule} does not see its planted violation`);
    const unproved = config.forbidden
      .filter((rule) => !(rule.name in PLANTED))
      .map((rule) => `rule ${rule.name} has no planted violation`);
    const wrong = summary.violations
      .filter((v) => v.from in LAWFUL)
      .map((v) => `rule ${v.rule.name} forbids the lawful ${v.from}`);
    return [...blind, ...unproved, ...wrong];
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

const faults = await proveRules();
const { summary, modules } = await read(root);
const sources = modules.filter((m) => /^(packages|apps)\/[^/]+\/src\//.test(m.source));
for (const folder of ['packages', 'apps']) {
  for (const name of await readdir(join(root, folder))) {
    if (!sources.some((m) => m.source.startsWith(`${folder}/${name}/src/`))) {
      faults.push(`no module of ${folder}/${name} was read`);
    }
  }
}
for (const { rule, from, to } of summary.violations) {
  const { comment } = config.forbidden.find((r) => r.name === rule.name) ?? {};
  faults.push(`${rule.name}: ${from} -> ${to}\n    ${comment}`);
}
for (const fault of faults) console.error(`  ${fault}`);
const rules = config.forbidden.length;
console.log(
  `layers: ${sources.length} modules read, ${rules} rules proved, ${faults.length} faults`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
