import {
  active,
  ask,
  create,
  get,
  post,
  put,
  queued,
  type Row,
  remove,
  row,
  show,
} from '../row.ts';

const ACCEPTS = [
  '*/*',
  'text/html',
  'text/plain',
  'application/xml',
  '',
  'application/json, */*;q=0.1',
  'application/json;q=0.5, text/html',
  'application/json, text/html',
  'application/*',
  'text/*',
  'application/json;q=0',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
];
const BODIES = [
  '',
  ' ',
  '{',
  '{"name":"x",}',
  "{'name':'x'}",
  '"x"',
  '1',
  'null',
  'true',
  '[]',
  '[{}]',
  '{}{}',
  'name=x',
  '\ufeff{}',
];

export const errorForms: readonly Row[] = [
  ...ACCEPTS.map((accept) =>
    row(
      `error for Accept ${JSON.stringify(accept)}`,
      show('$absent', { headers: { Accept: accept } }),
    ),
  ),
  row('error without Accept', show('$absent', { headers: { Accept: null } })),
  row(
    'error text with markup in it',
    get('/v2/images?sort=%3Cb%3E%26%22', { headers: { Accept: 'text/html' } }),
  ),
  row(
    'error text with letters of two bytes',
    get('/v2/images/%C3%BC', { headers: { Accept: 'text/html' } }),
  ),
  row(
    'error 403 in HTML',
    queued({ protected: true }),
    remove('/v2/images/$image', { headers: { Accept: '*/*' } }),
  ),
  row('error 405 in HTML', put('/v2/images', { headers: { Accept: '*/*' } })),
  row(
    'error 409 in text',
    queued(),
    create({ id: '$image' }, { headers: { Accept: 'text/plain' } }),
  ),
  row('error 401 in HTML', show('$absent', { as: 'nobody', headers: { Accept: '*/*' } })),
  row(
    'error 415 in text',
    queued(),
    put('/v2/images/$image/file', {
      headers: { Accept: 'text/plain', 'Content-Type': 'text/plain' },
    }),
  ),
  row(
    'error 416 in HTML',
    active(),
    get('/v2/images/$image/file', { headers: { Accept: '*/*', Range: 'bytes=50-' } }),
  ),
];

const METHODS: readonly string[] = [
  'PUT /v2/images',
  'DELETE /v2/images',
  'PATCH /v2/images',
  'HEAD /v2/images',
  'OPTIONS /v2/images',
  'PUT /v2/images/$image',
  'POST /v2/images/$image',
  'HEAD /v2/images/$image',
  'OPTIONS /v2/images/$image',
  'POST /v2/images/$image/file',
  'PATCH /v2/images/$image/file',
  'DELETE /v2/images/$image/file',
  'GET /v2/images/$image/stage',
  'PUT /v2/images/$image/import',
  'DELETE /v2/images/$image/import',
  'DELETE /v2/images/$image/tasks',
  'PATCH /v2/images/$image/tags/x',
  'PUT /v2/images/$image/members',
  'POST /v2/images/$image/members/x',
  'GET /v2/images/$image/actions/reactivate',
  'PUT /v2/stores/fast/$image',
  'HEAD /v2/info/stores',
  'PATCH /v2/info/import',
  'PUT /v2/schemas/images',
  'BREW /v2/images',
  'PROPFIND /v2/nothing',
  'PROPFIND /v2/images/$image',
  'TRACE /v2/images',
  'HEAD /versions',
  'HEAD /healthcheck',
  'GET /v2/images/$image/locations/x',
  'DELETE /v2/images/$image/locations',
];
const PATHS: readonly string[] = [
  '/v2/images/',
  '/v2/images//',
  '/v2//images',
  '//v2/images',
  '/v2/image',
  '/v2/Images',
  '/V2/images',
  '/v2/images/$image/nothing',
  '/v2/images/$image/file/',
  '/v2/images/$image/file/x',
  '/v2/nothing',
  '/v2/images/$image/actions',
  '/v2/../v2/images/$image',
  '/v2/./images/$image',
  '/v2/images/$image;x=y',
  '/v2/%69mages/$image',
  '/v2/images/$image#x',
  '/v2/images/$image?',
  '/v2/shared-images/x',
  '/v2/stores',
  '/v2/images/detail',
];

export const routes: readonly Row[] = [
  ...METHODS.map((request) => row(request.replace('$image', 'ID'), queued(), ask(request))),
  ...PATHS.map((path) => row(`GET ${path.replace('$image', 'ID')}`, queued(), get(path))),
];

export const requests: readonly Row[] = [
  ...BODIES.map((body) =>
    row(
      `create by the body ${JSON.stringify(body)}`,
      ask('POST /v2/images', { body, headers: { 'Content-Type': 'application/json' } }),
    ),
  ),
  row('create by no body', ask('POST /v2/images')),
  row(
    'create by a body in chunks',
    ask('POST /v2/images', { body: '{"id":"$image","name":"in chunks"}', chunk: 5 }),
  ),
  row(
    'create by no UTF-8',
    ask('POST /v2/images', { body: Buffer.from('7b226e616d65223a22ff227d', 'hex') }),
  ),
  row('create by NUL', ask('POST /v2/images', { body: '{"name":"a\\u0000b"}' })),
  row('create by half a surrogate', ask('POST /v2/images', { body: '{"name":"\\ud800"}' })),
  row(
    'create with a key twice',
    ask('POST /v2/images', { body: '{"id":"$image","name":"a","name":"b"}' }),
  ),
  row('create with infinity', ask('POST /v2/images', { body: '{"min_disk":1e400}' })),
  row(
    'create with a whole number that is written as none',
    ask('POST /v2/images', { body: '{"id":"$image","min_disk":1.0}' }),
  ),
  ...['text/plain', 'application/octet-stream', '', 'application/x-www-form-urlencoded'].map(
    (type) =>
      row(
        `create of type ${JSON.stringify(type)}`,
        create({ id: '$image' }, { headers: { 'Content-Type': type } }),
      ),
  ),
  row('create without a type', create({ id: '$image' }, { headers: { 'Content-Type': null } })),
  row('a token that is none', show('$absent', { as: 'stale' })),
  row('an empty token', show('$absent', { as: 'nobody', headers: { 'X-Auth-Token': '' } })),
  row('two tokens', show('$absent', { as: 'nobody', headers: { 'X-Auth-Token': ['$demo', 'x'] } })),
  row(
    'identity in headers',
    show('$absent', {
      as: 'nobody',
      headers: {
        'X-Identity-Status': 'Confirmed',
        'X-User-Id': 'x',
        'X-Project-Id': '$demo',
        'X-Roles': 'admin',
      },
    }),
  ),
  row(
    'roles in headers beside a token',
    queued({ visibility: 'private' }),
    show('$image', {
      as: 'alt_demo',
      headers: { 'X-Roles': 'admin', 'X-Is-Admin-Project': 'True' },
    }),
  ),
  row('a token in a query', get('/v2/images?auth_token=x', { as: 'nobody' })),
  row(
    'a bearer for a token',
    get('/v2/images', { as: 'nobody', headers: { Authorization: 'Bearer x' } }),
  ),
  row('no token on a path that is not', get('/v2/nothing', { as: 'nobody' })),
  row('no token on a method that is not', put('/v2/images', { as: 'nobody' })),
  row('no token and a bad body', post('/v2/images', 'x', { as: 'nobody' })),
  row('a request id', show('$absent', { headers: { 'X-OpenStack-Request-ID': 'req-my-own' } })),
  row(
    'a request id without its prefix',
    show('$absent', { headers: { 'X-OpenStack-Request-ID': 'my-own' } }),
  ),
  row(
    'a request id that is too long',
    show('$absent', { headers: { 'X-OpenStack-Request-ID': `req-${'x'.repeat(70)}` } }),
  ),
  row(
    'a request id on 401',
    show('$absent', { as: 'nobody', headers: { 'X-OpenStack-Request-ID': 'req-my-own' } }),
  ),
  row(
    'conditions',
    queued(),
    show('$image', {
      headers: { 'If-None-Match': '*', 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
    }),
  ),
  row(
    'a type on a read',
    queued(),
    show('$image', { headers: { 'Content-Type': 'application/octet-stream' } }),
  ),
  row('a range on a record', queued(), show('$image', { headers: { Range: 'bytes=0-1' } })),
  row(
    'another host in a location',
    create({ id: '$image' }, { headers: { Host: 'images.example:8080' } }),
  ),
  row(
    'a proxy that says https',
    create({ id: '$image' }, { headers: { 'X-Forwarded-Proto': 'https' } }),
  ),
  row(
    'an encoding for the answer',
    queued(),
    show('$image', { headers: { 'Accept-Encoding': 'gzip, deflate' } }),
  ),
  row('an origin', queued(), show('$image', { headers: { Origin: 'https://horizon.example' } })),
  row(
    'a preflight',
    ask('OPTIONS /v2/images', {
      as: 'nobody',
      headers: { Origin: 'https://horizon.example', 'Access-Control-Request-Method': 'POST' },
    }),
  ),
];

export const elsewhere: readonly Row[] = [
  row('the cache where it is off', get('/v2/cache', { as: 'admin' })),
  row('tasks as member', get('/v2/tasks')),
  row('locations as member', active(), get('/v2/images/$image/locations')),
  row('metadef namespaces', get('/v2/metadefs/nothing')),
];
