import {
  active,
  ask,
  get,
  post,
  queued,
  type Row,
  remove,
  row,
  type StepOptions,
  show,
} from '../row.ts';

const imported = (body: unknown, o?: StepOptions) => post('/v2/images/$image/import', body, o);
const COPY = { method: { name: 'copy-image' } };
const ADMIN = { as: 'admin' } as const;
const done = show('$image', {
  until: {
    os_glance_import_task: undefined,
    os_glance_importing_to_stores: '',
    stores: 'fast,slow',
  },
});

export const imports: readonly Row[] = [
  row('import a copy', active({}, ADMIN), imported({ ...COPY, stores: ['slow'] }, ADMIN), {
    ...done,
    as: 'admin',
  }),
  row(
    'import a copy by header',
    active({}, ADMIN),
    imported(COPY, { ...ADMIN, headers: { 'x-image-meta-store': 'slow' } }),
    { ...done, as: 'admin' },
  ),
  row('import to all stores', active({}, ADMIN), imported({ ...COPY, all_stores: true }, ADMIN), {
    ...done,
    as: 'admin',
  }),
  row(
    'import to all stores, some',
    active({}, ADMIN),
    imported({ ...COPY, all_stores: true, all_stores_must_succeed: false }, ADMIN),
    { ...done, as: 'admin' },
  ),
  row(
    'import a copy of an image of others',
    active(),
    imported({ ...COPY, stores: ['slow'] }, ADMIN),
    done,
  ),
  row('import to where it is', active({}, ADMIN), imported({ ...COPY, stores: ['fast'] }, ADMIN)),
  row(
    'import to all where it is',
    active({}, ADMIN),
    imported({ ...COPY, stores: ['slow'] }, ADMIN),
    { ...done, as: 'admin' },
    imported({ ...COPY, all_stores: true }, ADMIN),
  ),
  row(
    'import to an unknown store',
    active({}, ADMIN),
    imported({ ...COPY, stores: ['gone'] }, ADMIN),
  ),
  row(
    'import to an unknown store by header',
    active({}, ADMIN),
    imported(COPY, { ...ADMIN, headers: { 'x-image-meta-store': 'gone' } }),
  ),
  row('import to no store', active({}, ADMIN), imported({ ...COPY, stores: [] }, ADMIN)),
  row('import without stores', active({}, ADMIN), imported(COPY, ADMIN)),
  row(
    'import to all and one',
    active({}, ADMIN),
    imported({ ...COPY, all_stores: true, stores: ['slow'] }, ADMIN),
  ),
  row(
    'import to all and one by header',
    active({}, ADMIN),
    imported(
      { ...COPY, all_stores: true },
      { ...ADMIN, headers: { 'x-image-meta-store': 'slow' } },
    ),
  ),
  row(
    'import to stores and header',
    active({}, ADMIN),
    imported(
      { ...COPY, stores: ['slow'] },
      { ...ADMIN, headers: { 'x-image-meta-store': 'slow' } },
    ),
  ),
  row(
    'import with text for a flag',
    active({}, ADMIN),
    imported({ ...COPY, all_stores: 'true' }, ADMIN),
  ),
  row(
    'import with a number for a flag',
    active({}, ADMIN),
    imported({ ...COPY, stores: ['slow'], all_stores_must_succeed: 1 }, ADMIN),
  ),
  row(
    'import with text for stores',
    active({}, ADMIN),
    imported({ ...COPY, stores: 'slow' }, ADMIN),
  ),
  row(
    'import a copy of a queued image',
    queued({}, ADMIN),
    imported({ ...COPY, stores: ['slow'] }, ADMIN),
  ),
  row('import a copy as member', active(), imported({ ...COPY, stores: ['slow'] })),
  row(
    'import a copy as reader',
    active(),
    imported({ ...COPY, stores: ['slow'] }, { as: 'reader' }),
  ),
  row(
    'import a copy as stranger',
    active(),
    imported({ ...COPY, stores: ['slow'] }, { as: 'alt_demo' }),
  ),
  row(
    'import a copy without a token',
    active(),
    imported({ ...COPY, stores: ['slow'] }, { as: 'nobody' }),
  ),
  row('import without a method', queued(), imported({})),
  row('import with null for a method', queued(), imported({ method: null })),
  row('import with text for a method', queued(), imported({ method: 'copy-image' })),
  row('import with a nameless method', queued(), imported({ method: {} })),
  row('import with an unknown method', queued(), imported({ method: { name: 'magic' } })),
  row(
    'import with a disabled method',
    queued(),
    imported({ method: { name: 'web-download', uri: 'http://127.0.0.1/x' } }),
  ),
  row('import with a list', queued(), imported([])),
  row('import with text', queued(), imported('x')),
  row('import with nothing', queued(), ask('POST /v2/images/$image/import')),
  row('import with no JSON', queued(), ask('POST /v2/images/$image/import', { body: '{' })),
  row(
    'import to an absent image',
    post('/v2/images/$absent/import', { ...COPY, stores: ['slow'] }, ADMIN),
  ),
  row('import to an odd id', post('/v2/images/x/import', { ...COPY, stores: ['slow'] }, ADMIN)),
  row('import read', queued(), get('/v2/images/$image/import')),
];

export const copies: readonly Row[] = [
  row('delete from the only store', active(), remove('/v2/stores/fast/$image', ADMIN), show()),
  row(
    'delete from a store',
    active({}, ADMIN),
    imported({ ...COPY, stores: ['slow'] }, ADMIN),
    { ...done, as: 'admin' },
    remove('/v2/stores/fast/$image', ADMIN),
    show('$image', ADMIN),
    remove('/v2/stores/fast/$image', ADMIN),
    get('/v2/images/$image/file', ADMIN),
  ),
  row('delete from a store it is not in', active(), remove('/v2/stores/slow/$image', ADMIN)),
  row('delete from an unknown store', active(), remove('/v2/stores/gone/$image', ADMIN)),
  row('delete from a store as member', active(), remove('/v2/stores/fast/$image')),
  row(
    'delete from a store as reader',
    active(),
    remove('/v2/stores/fast/$image', { as: 'reader' }),
  ),
  row(
    'delete from a store as stranger',
    active(),
    remove('/v2/stores/fast/$image', { as: 'alt_demo' }),
  ),
  row(
    'delete from a store without a token',
    active(),
    remove('/v2/stores/fast/$image', { as: 'nobody' }),
  ),
  row('delete a queued image from a store', queued(), remove('/v2/stores/fast/$image', ADMIN)),
  row('delete an absent image from a store', remove('/v2/stores/fast/$absent', ADMIN)),
  row('delete an odd id from a store', remove('/v2/stores/fast/x', ADMIN)),
  row(
    'delete from a store with a body',
    active(),
    ask('DELETE /v2/stores/fast/$image', { ...ADMIN, body: 'x' }),
  ),
  row('read a store', active(), get('/v2/stores/fast/$image')),
  row('read a store without an image', get('/v2/stores/fast')),
];
