import {
  active,
  create,
  get,
  given,
  oldPatch,
  patch,
  post,
  queued,
  type Row,
  remove,
  row,
  type Step,
  type StepOptions,
  show,
} from '../row.ts';

const ADMIN = { as: 'admin' } as const;
const WEB = { url: 'http://127.0.0.1/x', metadata: {} };
const add = (path: string, value: unknown) => ({ op: 'add', path, value });
const replace = (value: unknown, path = '/locations') => ({ op: 'replace', path, value });
const drop = (path: string) => ({ op: 'remove', path });

/** The change, and what is shown of the locations after it. */
const then = (change: Step): readonly Step[] => [change, show()];

/** An image with a copy in each store; `demo` sees it too. */
function copied(o: StepOptions = ADMIN): readonly Step[] {
  const body = { method: { name: 'copy-image' }, stores: ['slow'] };
  return [
    ...active({ visibility: 'community' }, o),
    given(post('/v2/images/$image/import', body, ADMIN)),
    // Only then has the task let go of the image.
    { ...show(), until: { stores: 'fast,slow', os_glance_import_task: undefined }, given: true },
  ];
}

const BAD_URLS = [
  'file:///etc/passwd',
  'filesystem:///etc/passwd',
  'swift+config://ref/c/o',
  'sheepdog://a:1:b',
  'x',
  '',
];

/** With `show_multiple_locations` and `show_image_direct_url`: what is shown, and what may be changed. */
export const locations: readonly Row[] = [
  row('create with locations shown', create({ id: '$image', name: 'x' })),
  row('create with a location', create({ id: '$image', locations: [WEB] })),
  row('create with a direct_url', create({ id: '$image', direct_url: 'http://x/' })),
  row('show the locations of a queued image', queued(), show()),
  row('show the locations of an active image', active(), show()),
  row('show locations to a reader', active(), show('$image', { as: 'reader' })),
  row('show locations to an admin', active(), show('$image', ADMIN)),
  row('show locations to a member of another project', copied(), show()),
  row('list with locations', active({}), get('/v2/images?id=in:$image')),
  row('list queued images with locations', queued(), get('/v2/images?id=in:$image')),
  row('show two locations', copied(), show('$image', ADMIN)),
  row(
    'show what a store left',
    copied(),
    given(remove('/v2/stores/fast/$image', ADMIN)),
    show('$image', ADMIN),
  ),
  row('the schema of an image with locations', get('/v2/schemas/image')),
  row('patch a name beside locations', active(), then(patch([replace('y', '/name')]))),

  row('add a location to a queued image', queued(), then(patch([add('/locations/-', WEB)]))),
  row('add a location to an active image', active(), then(patch([add('/locations/-', WEB)]))),
  row('add a location in front', active(), then(patch([add('/locations/0', WEB)]))),
  row('add a location as admin', queued(), then(patch([add('/locations/-', WEB)], ADMIN))),
  row(
    'add a location as reader',
    active(),
    then(patch([add('/locations/-', WEB)], { as: 'reader' })),
  ),
  row(
    'add a location as stranger',
    active(),
    patch([add('/locations/-', WEB)], { as: 'alt_demo' }),
  ),
  row('add a location to an absent image', patch([add('/locations/-', WEB)], {}, '$absent')),
  row(
    'add a location in the old dialect',
    queued(),
    then(oldPatch([{ add: '/locations/-', value: WEB }])),
  ),
  row(
    'add a location without metadata',
    queued(),
    then(patch([add('/locations/-', { url: WEB.url })])),
  ),
  row('add a location that is text', queued(), then(patch([add('/locations/-', 'x')]))),
  row('add a location without value', queued(), patch([{ op: 'add', path: '/locations/-' }])),
  row('add locations at once', queued(), patch([add('/locations', [WEB])])),
  ...BAD_URLS.map((url) =>
    row(
      `add the location ${JSON.stringify(url)}`,
      queued(),
      then(patch([add('/locations/-', { url, metadata: {} })])),
    ),
  ),
  row('replace no locations', queued(), then(patch([replace([WEB])]))),
  row('replace the locations', active(), then(patch([replace([WEB])]))),
  row('replace the locations by none', active(), then(patch([replace([])]))),
  row('replace the locations by text', active(), patch([replace('x')])),
  row('replace one location', active(), patch([replace(WEB, '/locations/0')])),
  row('remove the only location', active(), then(patch([drop('/locations/0')], ADMIN))),
  row('remove a location as member', active(), then(patch([drop('/locations/0')]))),
  row('remove one of two locations', copied(), patch([drop('/locations/0')], ADMIN)),
  row('remove a location that is not there', active(), then(patch([drop('/locations/7')], ADMIN))),
  row('remove a location of a queued image', queued(), then(patch([drop('/locations/0')], ADMIN))),
  row('remove all locations', active(), patch([drop('/locations')], ADMIN)),
  row(
    'move a location',
    active(),
    then(patch([{ op: 'move', from: '/locations/0', path: '/locations/-' }])),
  ),
  row(
    'a location among other changes',
    active(),
    then(patch([replace('y', '/name'), add('/locations/-', WEB)])),
  ),
  row('patch the direct_url', active(), patch([replace('http://x/', '/direct_url')])),
];
