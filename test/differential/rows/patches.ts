import { active, given, patch, queued, type Row, remove, row, type Step, show } from '../row.ts';

type Operation = Readonly<Record<string, unknown>>;
const add = (path: string, value: unknown): Operation => ({ op: 'add', path, value });
const replace = (path: string, value: unknown): Operation => ({ op: 'replace', path, value });
const drop = (path: string): Operation => ({ op: 'remove', path });

const READ_ONLY = [
  'created_at',
  'updated_at',
  'status',
  'checksum',
  'size',
  'virtual_size',
  'direct_url',
  'self',
  'file',
  'schema',
  'id',
  'os_hash_algo',
  'os_hash_value',
  'stores',
];
const RESERVED = ['location', 'deleted', 'deleted_at', 'os_glance_x', 'os_glance_import_task'];
const BASE = [
  'name',
  'visibility',
  'protected',
  'os_hidden',
  'owner',
  'disk_format',
  'container_format',
  'min_disk',
  'min_ram',
  'tags',
];
const BAD_PATHS = [
  '',
  'name',
  '/',
  '//',
  '/name/',
  '//name',
  '/a~b',
  '/a~2b',
  '/tags/-',
  '/tags/0',
  '/name/x',
  '/locations/0/url',
  1,
  null,
];
const BAD_VALUES: readonly (readonly [string, unknown])[] = [
  ['name', 1],
  ['name', 'n'.repeat(256)],
  ['visibility', 'secret'],
  ['visibility', null],
  ['protected', 'true'],
  ['protected', null],
  ['os_hidden', 1],
  ['disk_format', 'doc'],
  ['container_format', 1],
  ['min_disk', '1'],
  ['min_disk', -1],
  ['min_ram', 2147483648],
  ['min_ram', 1.5],
  ['tags', 'x'],
  ['tags', [1]],
  ['tags', ['t'.repeat(256)]],
  ['a', 1],
  ['a', null],
  ['a', {}],
  ['kernel_id', 'x'],
  ['owner', 1],
];

/** The change, and the image after it. */
const then = (change: Step): readonly Step[] => [change, show()];

export const patches: readonly Row[] = [
  row('patch nothing', queued(), patch([])),
  row('patch add a property', queued(), then(patch([add('/a', 'x')]))),
  row('patch add a property that is there', queued({ a: 'x' }), then(patch([add('/a', 'y')]))),
  row('patch replace a property', queued({ a: 'x' }), then(patch([replace('/a', 'y')]))),
  row('patch replace a missing property', queued(), then(patch([replace('/a', 'y')]))),
  row('patch remove a property', queued({ a: 'x', b: 'y' }), then(patch([drop('/a')]))),
  row('patch remove a missing property', queued(), patch([drop('/a')])),
  row('patch property in escapes', queued(), then(patch([add('/a~1b~0c', 'x')]))),
  row('patch property with letters of two bytes', queued(), patch([add('/ключ', 'значение')])),
  row('patch property with a blank', queued(), patch([add('/a b', 'x')])),
  row('patch property to nothing', queued({ a: 'x' }), patch([replace('/a', '')])),
  row('patch property with an emoji', queued(), patch([add('/a', '🦄')])),
  row('patch property named by an emoji', queued(), patch([add('/🦄', 'a')])),
  row('patch property of 256 letters', queued(), patch([add(`/${'p'.repeat(256)}`, 'x')])),
  row('patch property like a JavaScript name', queued(), patch([add('/constructor', 'x')])),
  row(
    'patch several at once',
    queued({ a: 'x' }),
    patch([replace('/name', 'n'), add('/b', 'y'), drop('/a'), replace('/min_disk', 3)]),
  ),
  row(
    'patch one thing twice',
    queued(),
    patch([add('/a', 'x'), replace('/a', 'y'), drop('/a'), add('/a', 'z')]),
  ),
  row(
    'patch that fails in the middle',
    queued({ a: 'x' }),
    then(patch([replace('/name', 'n'), drop('/b'), add('/c', 'z')])),
  ),
  row(
    'patch with more members than asked for',
    queued(),
    patch([{ op: 'add', path: '/a', value: 'x', from: '/b', note: 1 }]),
  ),
  row(
    'patch remove with a value',
    queued({ a: 'x' }),
    patch([{ op: 'remove', path: '/a', value: 'x' }]),
  ),

  row('patch name', queued(), patch([replace('/name', 'other')])),
  row('patch name to null', queued({ name: 'x' }), patch([replace('/name', null)])),
  row('patch add name', queued(), patch([add('/name', 'x')])),
  row('patch tags', queued({ tags: ['a'] }), patch([replace('/tags', ['b', 'c'])])),
  row('patch tags away', queued({ tags: ['a'] }), patch([replace('/tags', [])])),
  row('patch protected', queued(), patch([replace('/protected', true)])),
  row('patch hidden', queued(), patch([replace('/os_hidden', true)])),
  row('patch sizes', queued(), patch([replace('/min_disk', 2147483647), replace('/min_ram', 0)])),
  row(
    'patch formats while queued',
    queued(),
    patch([replace('/disk_format', 'qcow2'), replace('/container_format', 'ovf')]),
  ),
  row('patch formats to null', queued(), patch([replace('/disk_format', null)])),
  row('patch disk format while active', active(), patch([replace('/disk_format', 'qcow2')])),
  row(
    'patch container format to what it is while active',
    active(),
    patch([replace('/container_format', 'bare')]),
  ),
  row('patch kernel', queued(), patch([add('/kernel_id', '$second')])),
  row(
    'patch kernel to null',
    queued({ kernel_id: '$second' }),
    patch([replace('/kernel_id', null)]),
  ),
  row('patch visibility private', queued(), patch([replace('/visibility', 'private')])),
  row('patch visibility community', queued(), patch([replace('/visibility', 'community')])),
  row('patch visibility public', queued(), then(patch([replace('/visibility', 'public')]))),
  row(
    'patch visibility public as admin',
    queued(),
    patch([replace('/visibility', 'public')], { as: 'admin' }),
  ),
  row('patch owner', queued(), patch([replace('/owner', '$alt_demo')])),
  row('patch owner to who it is', queued(), patch([replace('/owner', '$demo')])),
  row('patch owner by add', queued(), patch([add('/owner', '$alt_demo')])),
  row(
    'patch owner as admin',
    queued(),
    patch([replace('/owner', '$alt_demo')], { as: 'admin' }),
    show(),
  ),
  row('patch owner to null as admin', queued(), patch([replace('/owner', null)], { as: 'admin' })),

  ...[...READ_ONLY, ...RESERVED].map((name) =>
    row(`patch replace ${name}`, queued(), patch([replace(`/${name}`, 'x')])),
  ),
  ...[...READ_ONLY, ...RESERVED].map((name) =>
    row(`patch add ${name}`, queued(), patch([add(`/${name}`, 'x')])),
  ),
  ...['status', 'id', 'checksum', 'stores', 'deleted', 'os_glance_x'].map((name) =>
    row(`patch remove ${name}`, queued(), patch([drop(`/${name}`)])),
  ),
  ...BASE.map((name) => row(`patch remove ${name}`, queued(), patch([drop(`/${name}`)]))),
  ...BAD_PATHS.map((path) =>
    row(
      `patch at path ${JSON.stringify(path)}`,
      queued(),
      patch([{ op: 'add', path, value: 'x' }]),
    ),
  ),
  ...BAD_VALUES.map(([name, value], i) =>
    row(`patch ${name} to bad value ${i + 1}`, queued(), patch([replace(`/${name}`, value)])),
  ),
  ...['test', 'move', 'copy', 'ADD', '', null].map((op) =>
    row(
      `patch by ${JSON.stringify(op)}`,
      queued(),
      patch([{ op, path: '/a', value: 'x', from: '/name' }]),
    ),
  ),
  row('patch without op', queued(), patch([{ path: '/a', value: 'x' }])),
  row('patch without path', queued(), patch([{ op: 'add', value: 'x' }])),
  row('patch without value', queued(), patch([{ op: 'add', path: '/a' }])),
  row('patch by an object', queued(), patch({ op: 'add', path: '/a', value: 'x' })),
  row('patch by a list of texts', queued(), patch(['x'])),
  row('patch by a list of lists', queued(), patch([[]])),
  row('patch by a list of null', queued(), patch([null])),
  row('patch by text', queued(), patch('x')),
  row('patch by no JSON', queued(), patch(undefined, { body: '[{' })),
  row('patch by nothing', queued(), patch(undefined)),
  row('patch extra_properties', queued(), patch([replace('/extra_properties', 'x')])),
  row('patch member', queued(), patch([add('/member', 'x')])),
  row('patch locations away', queued(), patch([replace('/locations', [])])),
  row(
    'patch a location in',
    queued(),
    patch([add('/locations/-', { url: 'http://127.0.0.1/x', metadata: {} })]),
  ),
  row('patch a location out', queued(), patch([drop('/locations/0')])),

  row('patch as reader', queued(), patch([add('/a', 'x')], { as: 'reader' })),
  row('patch as stranger', queued(), patch([add('/a', 'x')], { as: 'alt_demo' })),
  row(
    'patch a public image of others',
    queued({ visibility: 'public' }, { as: 'admin' }),
    patch([add('/a', 'x')]),
  ),
  row(
    'patch a community image of others',
    queued({ visibility: 'community' }),
    patch([add('/a', 'x')], { as: 'alt_demo' }),
  ),
  row('patch as admin', queued(), patch([add('/a', 'x')], { as: 'admin' })),
  row('patch without a token', queued(), patch([add('/a', 'x')], { as: 'nobody' })),
  row('patch an absent image', patch([add('/a', 'x')], {}, '$absent')),
  row('patch an absent image badly', patch([{ op: 'x' }], {}, '$absent')),
  row('patch what is read-only on an absent image', patch([replace('/size', 1)], {}, '$absent')),
  row('patch an odd id', patch([add('/a', 'x')], {}, 'x')),
  row(
    'patch a deleted image',
    queued(),
    given(remove('/v2/images/$image')),
    patch([add('/a', 'x')]),
  ),
  row('patch a protected image', queued({ protected: true }), patch([add('/a', 'x')])),
  row(
    'patch to the 129th property',
    queued(Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`p${i}`, 'x']))),
    patch([add('/last', 'x')]),
    patch([replace('/p1', 'y')]),
  ),
  row(
    'patch to 129 tags',
    queued(),
    patch([
      replace(
        '/tags',
        Array.from({ length: 129 }, (_, i) => `t${i}`),
      ),
    ]),
  ),
];
