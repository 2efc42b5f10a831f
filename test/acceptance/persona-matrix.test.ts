import { randomUUID } from 'node:crypto';
import { fakeServices, startTestGateway } from '@parallax/gateway/testing';
import { describe, expect, it } from 'vitest';
import { type Answer, type AskOptions, type Client, PATCH_TYPE } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const PERSONAS = ['admin', 'member', 'reader', 'stranger', 'service', 'nobody'] as const;
type Persona = (typeof PERSONAS)[number];

/** How a route is asked, and what each persona is answered, in the order of PERSONAS. */
interface Row extends AskOptions {
  readonly answers: string;
  /** Instead of the route's own; `ID` is an active image of project `demo`, made for each question. */
  readonly path?: string;
  /** The image is shared with project `elsewhere`, the stranger's. */
  readonly shared?: true;
}

const ALL = '200 200 200 200 200 200';
const ADMIN = '200 403 403 403 403 403';
const OCTETS = { 'content-type': 'application/octet-stream' };
const NO_TRANSFER = `/federation/v1/transfers/${2 ** 40}`;
const ANY: Row = { answers: ALL };
const CHOICES: Row = { answers: '300 300 300 300 300 300' };

const ROWS: Readonly<Record<string, Row>> = {
  ...forMethods('/', CHOICES),
  ...forMethods('/versions', ANY),
  ...forMethods('/versions/', ANY),
  'GET /healthcheck': ANY,
  'HEAD /healthcheck': ANY,
  'GET /v2/images': { answers: '200 200 200 200 403 403' },
  'POST /v2/images': { answers: '201 201 403 201 403 403', json: {} },
  'GET /v2/images/:imageId': { answers: '200 200 200 404 404 404' },
  'PATCH /v2/images/:imageId': {
    answers: '200 200 403 404 404 404',
    json: [{ op: 'add', path: '/x', value: 'y' }],
    headers: { 'content-type': PATCH_TYPE },
  },
  'DELETE /v2/images/:imageId': { answers: '204 204 403 404 404 404' },
  'GET /v2/images/:imageId/file': { answers: '200 200 403 404 404 404' },
  // It has bytes already.
  'PUT /v2/images/:imageId/file': {
    answers: '409 409 403 404 404 404',
    body: 'x',
    headers: OCTETS,
  },
  'POST /v2/images/:imageId/import': {
    answers: '202 403 403 404 404 404',
    json: { method: { name: 'copy-image' }, stores: ['west-1'] },
  },
  'GET /v2/images/:imageId/tasks': { answers: '200 200 200 404 404 404' },
  'PUT /v2/images/:imageId/tags/:tag': { answers: '204 204 403 404 404 404' },
  'DELETE /v2/images/:imageId/tags/:tag': { answers: '204 204 403 404 404 404' },
  'POST /v2/images/:imageId/actions/deactivate': { answers: '204 204 403 404 404 404' },
  'POST /v2/images/:imageId/actions/reactivate': { answers: '204 204 403 404 404 404' },
  'GET /v2/images/:imageId/members': { answers: '200 200 200 200 404 404', shared: true },
  'POST /v2/images/:imageId/members': {
    answers: '200 200 403 403 404 404',
    shared: true,
    json: { member: 'third' },
  },
  'GET /v2/images/:imageId/members/:memberId': {
    answers: '200 200 200 200 404 404',
    shared: true,
  },
  // The owner offers, the member answers.
  'PUT /v2/images/:imageId/members/:memberId': {
    answers: '200 403 403 200 404 404',
    shared: true,
    json: { status: 'accepted' },
  },
  'DELETE /v2/images/:imageId/members/:memberId': {
    answers: '204 204 403 403 404 404',
    shared: true,
  },
  'GET /v2/schemas/image': ANY,
  'GET /v2/schemas/images': ANY,
  'GET /v2/schemas/member': ANY,
  'GET /v2/schemas/members': ANY,
  'GET /v2/info/import': ANY,
  'GET /v2/info/stores': ANY,
  'GET /v2/info/stores/detail': { answers: '200 403 403 403 200 403' },
  'GET /v2/info/usage': ANY,
  // The only copy: not even admins remove it.
  'DELETE /v2/stores/:storeId/:imageId': { answers: '403 403 403 404 404 404' },
  'GET /federation/v1/status': { answers: ADMIN },
  'GET /federation/v1/regions': { answers: ADMIN },
  'GET /federation/v1/stores': { answers: ADMIN },
  // It is not lost.
  'POST /federation/v1/stores/:ref': {
    answers: '409 403 403 403 403 403',
    path: '/federation/v1/stores/east-1:accept-empty',
  },
  'GET /federation/v1/policies': { answers: ADMIN },
  'PUT /federation/v1/policies/:policyId': {
    answers: ADMIN,
    path: '/federation/v1/policies/matrix',
    json: { enabled: false, targets: [{ regions: ['east'], copies: 1 }] },
  },
  'GET /federation/v1/transfers': { answers: ADMIN },
  'POST /federation/v1/transfers': {
    answers: '202 403 403 403 403 403',
    json: { image: 'ID', store: 'west-1' },
  },
  'GET /federation/v1/transfers/:ref': { answers: '404 403 403 403 403 403', path: NO_TRANSFER },
  'POST /federation/v1/transfers/:ref': {
    answers: '404 403 403 403 403 403',
    path: `${NO_TRANSFER}:cancel`,
  },
  'GET /federation/v1/images/:imageId/availability': { answers: ADMIN },
  // It is not deleted.
  'POST /federation/v1/images/:ref': {
    answers: '409 403 403 403 403 403',
    path: '/federation/v1/images/ID:restore',
  },
  'POST /federation/v1/sweeps': { answers: '202 403 403 403 403 403' },
  'GET /federation/v1/events': { answers: ADMIN },
};

function forMethods(path: string, row: Row): Readonly<Record<string, Row>> {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return Object.fromEntries(methods.map((method) => [`${method} ${path}`, row]));
}

const OPEN: ReadonlySet<string> = new Set(['', 'versions', 'healthcheck']);

async function ask(client: Client, route: string, id: string): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ');
  const { json, body, headers, path = template } = ROWS[route] ?? {};
  const filled = path
    .replace(/:imageId|ID/, id)
    .replace(':storeId', 'east-1')
    .replace(':memberId', 'elsewhere')
    .replace(':tag', 'matrix');
  return client.ask(method, filled, {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    ...(json === undefined ? {} : { json: JSON.parse(JSON.stringify(json).replaceAll('ID', id)) }),
  });
}

async function imageFor(route: string): Promise<string> {
  const shared = ROWS[route]?.shared === true;
  const fields = { visibility: shared ? 'shared' : 'private', tags: ['matrix'] };
  const id = await at.member.uploaded(Buffer.from('matrix'), { fields });
  if (shared) await at.member.post(`/v2/images/${id}/members`, { member: 'elsewhere' });
  return id;
}

it('has a row for every route of the app, and for no other', async () => {
  await using gateway = await startTestGateway(fakeServices().services);
  expect([...gateway.routes].sort()).toEqual(Object.keys(ROWS).sort());
});

describe.each(Object.keys(ROWS))('%s', (route) => {
  const expected = ROWS[route]?.answers.split(' ').map(Number) ?? [];
  const template = route.split(' ')[1] ?? '';

  it('answers each persona as it may', async () => {
    const got: Partial<Record<Persona, number>> = {};
    for (const persona of PERSONAS) {
      got[persona] = (await ask(at[persona], route, await imageFor(route))).status;
    }
    expect(got).toEqual(Object.fromEntries(PERSONAS.map((name, i) => [name, expected[i]])));
  });

  if (!OPEN.has(template.split('/')[1] ?? '')) {
    it('tells nobody without a token anything', async () => {
      const [known, unknown] = [await imageFor(route), randomUUID()];
      const answers = [await ask(at.anyone, route, known), await ask(at.anyone, route, unknown)];
      expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    });
  }

  if (template.includes(':imageId')) {
    it('answers whoever may not see the image as if there were none', async () => {
      const [known, unknown] = [await imageFor(route), randomUUID()];
      for (const persona of PERSONAS.filter((_, i) => expected[i] === 404)) {
        const one = shape(known, await ask(at[persona], route, known));
        expect(one, persona).toEqual(shape(unknown, await ask(at[persona], route, unknown)));
      }
    });
  }
});

/** Everything of an answer that a curious client could compare. */
function shape(id: string, { status, headers, text }: Answer): readonly unknown[] {
  const { date: _, 'x-openstack-request-id': __, ...rest } = headers;
  return [status, rest, text.replaceAll(id, 'ID')];
}
