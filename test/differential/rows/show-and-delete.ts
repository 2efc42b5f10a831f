import { active, ask, get, given, patch, queued, type Row, remove, row, show } from '../row.ts';

const ODD_IDS = [
  'x',
  '0',
  '-1',
  'null',
  '%20',
  '%C3%BC',
  'a'.repeat(37),
  'a'.repeat(300),
  "'%20OR%201=1--",
  '%2e%2e',
  'ffffffff-0000-4000-8000-00000000fffg',
];

export const showing: readonly Row[] = [
  row('show a queued image', queued({ name: 'x' }), show()),
  row('show an active image', active({ name: 'x' }), show()),
  row('show to a reader of the project', queued(), show('$image', { as: 'reader' })),
  row('show to an admin', queued(), show('$image', { as: 'admin' })),
  row('show a shared image to a stranger', queued(), show('$image', { as: 'alt_demo' })),
  row(
    'show a private image to a stranger',
    queued({ visibility: 'private' }),
    show('$image', { as: 'alt_demo' }),
  ),
  row(
    'show a community image to a stranger',
    queued({ visibility: 'community' }),
    show('$image', { as: 'alt_demo' }),
  ),
  row(
    'show a public image to a stranger',
    queued({ visibility: 'public' }, { as: 'admin' }),
    show('$image', { as: 'alt_demo' }),
  ),
  row('show without a token', queued(), show('$image', { as: 'nobody' })),
  row('show an absent image', show('$absent')),
  row(
    'show in capitals',
    queued({}, { image: '0000abcd-0000-4000-8000-00000000abcd' }),
    show('0000ABCD-0000-4000-8000-00000000ABCD'),
  ),
  row('show with a body', queued(), ask('GET /v2/images/$image', { body: '{}' })),
  row('show with a query', queued(), get('/v2/images/$image?x=y')),
  row('show with a slash', queued(), get('/v2/images/$image/')),
  row('show a hidden image', queued({ os_hidden: true }), show()),
  ...ODD_IDS.map((id, i) => row(`show odd id ${i + 1}`, get(`/v2/images/${id}`))),
];

export const deletion: readonly Row[] = [
  row('delete', queued(), remove('/v2/images/$image'), show(), remove('/v2/images/$image')),
  row(
    'delete an active image',
    active(),
    remove('/v2/images/$image'),
    show(),
    get('/v2/images/$image/file'),
  ),
  row(
    'show a deleted image to an admin',
    queued(),
    given(remove('/v2/images/$image')),
    show('$image', { as: 'admin' }),
  ),
  row('delete an absent image', remove('/v2/images/$absent')),
  row('delete an odd id', remove('/v2/images/x')),
  row('delete a protected image', queued({ protected: true }), remove('/v2/images/$image'), show()),
  row(
    'delete a protected image as admin',
    queued({ protected: true }),
    remove('/v2/images/$image', { as: 'admin' }),
  ),
  row(
    'delete what was protected',
    queued({ protected: true }),
    given(patch([{ op: 'replace', path: '/protected', value: false }])),
    remove('/v2/images/$image'),
  ),
  row('delete as reader', queued(), remove('/v2/images/$image', { as: 'reader' })),
  row('delete as admin', queued(), remove('/v2/images/$image', { as: 'admin' })),
  row('delete as stranger', queued(), remove('/v2/images/$image', { as: 'alt_demo' })),
  row(
    'delete a public image as stranger',
    queued({ visibility: 'public' }, { as: 'admin' }),
    remove('/v2/images/$image'),
  ),
  row(
    'delete a community image as stranger',
    queued({ visibility: 'community' }),
    remove('/v2/images/$image', { as: 'alt_demo' }),
  ),
  row('delete without a token', queued(), remove('/v2/images/$image', { as: 'nobody' })),
  row('delete with a body', queued(), ask('DELETE /v2/images/$image', { body: '{}' })),
  row('delete all', remove('/v2/images')),
  row('delete nothing', remove('/v2/images/')),
];
