import type { CorsConfig } from '@parallax/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeServices } from '../testing/fake-services.ts';
import { startTestGateway, type TestGateway } from '../testing/gateway.ts';

const HORIZON = 'https://horizon.example';
const OTHER = 'https://other.example';
const CONFIG: CorsConfig = {
  allowedOrigins: [HORIZON, 'http://localhost:8080'],
  allowCredentials: true,
  exposeHeaders: ['X-OpenStack-Request-ID', 'X-Auth-Token'],
  maxAgeSeconds: 600,
  allowMethods: ['GET', 'PUT'],
  allowHeaders: ['X-Auth-Token'],
};
const gateways = new Map<string, TestGateway>();

beforeAll(async () => {
  const { services } = fakeServices();
  gateways.set('off', await startTestGateway(services));
  gateways.set('named', await startTestGateway(services, { cors: CONFIG }));
  const everyone = { ...CONFIG, allowedOrigins: ['*'], allowCredentials: true, maxAgeSeconds: 0 };
  gateways.set('everyone', await startTestGateway(services, { cors: everyone }));
});
afterAll(() =>
  Promise.all([...gateways.values()].map((gateway) => gateway[Symbol.asyncDispose]())),
);

type Headers = Readonly<Record<string, string>>;

/** Status, and what a browser looks at. */
async function ask(which: string, method: string, headers: Headers, path = '/v2/images') {
  const answer = await gateways.get(which)?.call({ method, path, headers });
  const seen = Object.entries(answer?.headers ?? {}).filter(([name]) =>
    /^(access-control-|vary$)/.test(name),
  );
  return { status: answer?.status, body: answer?.body, ...Object.fromEntries(seen) };
}

const preflight = (origin: string, method: string, headers?: string): Headers => ({
  'x-auth-token': '',
  origin,
  'access-control-request-method': method,
  ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
});
const NOTHING = { status: 200, body: '' };
const MAY_NOT = { ...NOTHING, vary: 'Origin' };

describe('a preflight', () => {
  it('is allowed from a named origin, without a token', async () => {
    expect(
      await ask('named', 'OPTIONS', preflight(HORIZON, 'PUT', 'X-Auth-Token, accept')),
    ).toEqual({
      ...MAY_NOT,
      'access-control-allow-origin': HORIZON,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-auth-token,accept',
      'access-control-max-age': '600',
    });
  });

  it.each<[string, Headers]>([
    ['another origin', preflight(OTHER, 'PUT')],
    ['an origin in capitals', preflight('HTTPS://horizon.example', 'PUT')],
    ['a part of an allowed origin', preflight(`${HORIZON}.evil.example`, 'PUT')],
    ['no origin', { 'access-control-request-method': 'PUT' }],
    ['the origin null', preflight('null', 'PUT')],
    ['another method', preflight(HORIZON, 'DELETE')],
    ['a method in small letters', preflight(HORIZON, 'put')],
    ['no method', { origin: HORIZON }],
    ['another header', preflight(HORIZON, 'PUT', 'X-Auth-Token, X-Other')],
  ])('has no permission in it for %s', async (_, headers) => {
    const answer = await ask('named', 'OPTIONS', headers);
    const given = Object.keys(answer).filter((name) => /-(origin|credentials)$/.test(name));
    expect([answer.status, given]).toEqual([200, []]);
  });

  it('never gives credentials to everyone', async () => {
    expect(await ask('everyone', 'OPTIONS', preflight(OTHER, 'GET'))).toEqual({
      ...NOTHING,
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
    });
  });

  it.each(['/', '/v2/nothing', '/federation/v1/status', '/versions'])(
    'is answered on %s too, where CORS is off without a permission',
    async (path) => {
      expect(await ask('off', 'OPTIONS', preflight(HORIZON, 'PUT'), path)).toEqual(NOTHING);
      expect(await ask('named', 'OPTIONS', { origin: OTHER }, path)).toEqual(MAY_NOT);
    },
  );
});

describe('a request', () => {
  it.each([
    ['that is answered', { origin: HORIZON }, 200],
    ['that is refused', { origin: HORIZON, 'x-auth-token': '' }, 401],
  ] as const)('%s may be read by pages of a named origin', async (_, headers, status) => {
    expect(await ask('named', 'GET', headers)).toMatchObject({
      status,
      vary: 'Origin',
      'access-control-allow-origin': HORIZON,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-OpenStack-Request-ID,X-Auth-Token',
    });
  });

  it('of another origin, or of none, is served without a permission', async () => {
    for (const headers of [{ origin: OTHER }, {}]) {
      const { body: _, ...rest } = await ask('named', 'GET', headers);
      expect(rest).toEqual({ status: 200, vary: 'Origin' });
    }
  });

  it('has no trace of it where CORS is off', async () => {
    const { body: _, ...rest } = await ask('off', 'GET', { origin: HORIZON });
    expect(rest).toEqual({ status: 200 });
  });
});
