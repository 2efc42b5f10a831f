/** The layers of the design: what may import what. Every rule says why; infra/tooling/layers.mjs proves that each one bites. */

const TEST_FILE = '\\.(test|itest|ltest|fixture)\\.ts$';
const WORKSPACE = '^(packages|apps)/([^/]+)/';

/** @param {{ name: string, comment: string, from: object, to: object }} rule */
const forbid = (rule) => ({ severity: 'error', ...rule });

export default {
  forbidden: [
    forbid({
      name: 'no-cycles',
      comment:
        'A cycle has no layer, and its modules cannot be understood or loaded one at a time.',
      from: {},
      to: { circular: true },
    }),
    forbid({
      name: 'resolvable',
      comment: 'An import that is not read is not checked: the layers would hold only on paper.',
      from: { pathNot: '/dist/' },
      to: { couldNotResolve: true },
    }),
    forbid({
      name: 'pure-imports-nothing',
      comment: 'core and formats are rules that everything else may use, so they use nothing else.',
      from: { path: '^packages/(core|formats)/src/', pathNot: [TEST_FILE, '/testing/'] },
      to: { pathNot: '^packages/$1/src/', dependencyTypesNot: ['core'] },
    }),
    forbid({
      name: 'pure-does-no-io',
      comment:
        'A port may name a Node type such as Readable; only its type, because a value does I/O.',
      from: { path: '^packages/(core|formats)/src/', pathNot: [TEST_FILE, '/testing/'] },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    }),
    forbid({
      name: 'runtime-only-core',
      comment: 'Everything stands on runtime; if it knew an adapter, everything would.',
      from: { path: '^packages/runtime/' },
      to: { path: '^packages/(?!core/|runtime/)|^apps/' },
    }),
    forbid({
      name: 'openstack-only-core-and-runtime',
      comment: 'Thin clients know protocols, not how the catalog or a store uses them.',
      from: { path: '^packages/openstack/' },
      to: { path: '^packages/(?!core/|runtime/|openstack/)|^apps/' },
    }),
    forbid({
      name: 'adapters-never-each-other',
      comment: 'Adapters meet at ports of core: any of them can be replaced or tested alone.',
      from: { path: '^packages/(stores|catalog|queue|identity|bytes|events|convert)/' },
      to: { path: '^packages/(?!core/|formats/|runtime/|openstack/|$1/)|^apps/' },
    }),
    forbid({
      name: 'services-see-ports-only',
      comment:
        'Use cases are wired by apps; one that constructs an adapter cannot be tested without it.',
      from: { path: '^packages/services/' },
      to: { path: '^packages/(?!core/|formats/|bytes/|services/)|^apps/' },
    }),
    forbid({
      name: 'apps-not-apps',
      comment:
        'An app is a process: it talks to another over the network or starts it, never links it.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    }),
    forbid({
      name: 'by-name-across-workspaces',
      comment:
        'src/index.ts is the only door: a relative path would walk past it and past package.json.',
      from: { path: WORKSPACE },
      to: {
        path: '^(packages|apps|test|infra)/',
        pathNot: '^$1/$2/',
        dependencyTypes: ['local'],
      },
    }),
    forbid({
      name: 'testing-only-from-tests',
      comment: 'Suites and fakes must not be reachable from a running process.',
      from: { path: WORKSPACE, pathNot: [TEST_FILE, '/src/testing/'] },
      to: { path: '^packages/[^/]+/src/testing/' },
    }),
    forbid({
      name: 'drivers-never-each-other',
      comment: 'A store kind is one folder: it can be added, read and removed alone.',
      from: { path: '^packages/stores/src/drivers/([^/]+)/' },
      to: { path: '^packages/stores/src/drivers/', pathNot: '^packages/stores/src/drivers/$1/' },
    }),
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
