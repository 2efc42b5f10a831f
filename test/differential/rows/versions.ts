import { ask, get, queued, type Row, row } from '../row.ts';

const OLD_TYPE = { Accept: 'application/vnd.openstack.images-v2' };

export const versions: readonly Row[] = [
  row('the root lists versions', get('/', { as: 'nobody' })),
  row('/versions lists versions', get('/versions', { as: 'nobody' })),
  row('/versions with a token', get('/versions')),
  row('/versions/ with a slash', get('/versions/', { as: 'nobody' })),
  row('the root, posted to', ask('POST /', { as: 'nobody', body: '{}' })),
  row('an unknown first segment', get('/v3/images', { as: 'nobody' })),
  row('version 1', get('/v1/images', { as: 'nobody' })),
  row('version 1 with a token', get('/v1/images/detail')),
  row('a word for a version', get('/foo', { as: 'nobody' })),
  row('a version too high', get('/v2.99/images')),
  row('/v2 without a token', get('/v2', { as: 'nobody' })),
  row('/v2/ without a token', get('/v2/', { as: 'nobody' })),
  row('/v2 with a token', get('/v2')),
  row('/v2/ with a token', get('/v2/')),
  row('an alias of a version', queued(), get('/v2.0/images/$image')),
  row('a young alias of a version', queued(), get('/v2.13/images/$image')),
  row('an alias without a path', get('/v2.5')),
  row('the old media type for a version', queued(), get('/images/$image', { headers: OLD_TYPE })),
  row(
    'the old media type with a prefix',
    queued(),
    get('/v2/images/$image', { headers: OLD_TYPE }),
  ),
  row('the health check', get('/healthcheck', { as: 'nobody', headers: { Accept: '*/*' } })),
  row('versions behind a Host', get('/versions', { headers: { Host: 'glance.example:9292' } })),
];
