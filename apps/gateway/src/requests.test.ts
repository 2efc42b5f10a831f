import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeServices } from './testing/fake-services.ts';
import { startTestGateway, type TestGateway } from './testing/gateway.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const fake = fakeServices();
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway(fake.services);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const message = (body: string): string => String(JSON.parse(body).message);

describe('request id', () => {
  it.each([
    ['req-abc', 'req-abc'],
    ['abc', 'req-abc'],
  ])('echoes %s', async (sent, echoed) => {
    const headers = { 'x-openstack-request-id': sent };
    const answer = await gateway.call({ path: '/v2/images', headers });
    expect(answer.headers['x-openstack-request-id']).toBe(echoed);
  });

  it('replaces what could forge a log line and refuses what is too long', async () => {
    const forged = await gateway.call({
      path: '/v2/images',
      headers: { 'x-openstack-request-id': 'a b"' },
    });
    expect(forged.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
    const long = await gateway.call({
      path: '/v2/images',
      headers: { 'x-openstack-request-id': 'a'.repeat(61) },
    });
    expect(long.status).toBe(431);
  });
});

describe('bodies', () => {
  const post = (body: string, headers = {}) =>
    gateway.call({ method: 'POST', path: '/v2/images', body, headers });

  it.each([
    ['', 'Body expected in request.'],
    ['{', 'Malformed JSON in request body.'],
    ['\ufeff{}', 'Malformed JSON in request body.'],
    ['1', 'Unexpected body type. Expected list/dict.'],
    ['"x"', 'Unexpected body type. Expected list/dict.'],
    ['null', 'Unexpected body type. Expected list/dict.'],
    ['[]', 'Unexpected body type. Expected dict.'],
    ['{"a":"\\u0000"}', "JSON strings can't contain NUL characters."],
    [`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`, 'JSON is nested deeper than 64 levels.'],
    ['['.repeat(400_000), 'Malformed JSON in request body.'],
  ])('refuses %.20s', async (body, text) => {
    const answer = await post(body);
    expect([answer.status, message(answer.body).split('<br')[0]]).toEqual([400, text]);
  });

  it('refuses more than 1 MiB, declared or not', async () => {
    const big = JSON.stringify({ a: 'x'.repeat(1024 * 1024) });
    expect((await post(big)).status).toBe(413);
    expect((await post(big, { 'transfer-encoding': 'chunked' })).status).toBe(413);
  });

  it('takes JSON of any declared type', async () => {
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(201);
  });

  it('tells where the new image is and what can be imported where', async () => {
    const { headers, body } = await post('{"name":"n","k":"v"}');
    const { id } = JSON.parse(body);
    expect(headers.location).toBe(`http://127.0.0.1:${gateway.port}/v2/images/${id}`);
    expect(headers['openstack-image-import-methods']).toBe('copy-image');
    expect(headers['openstack-image-store-ids']).toBe('east-1,west-1');
  });

  it('waits for "100 Continue" until the request has passed its checks', async () => {
    const headers = { expect: '100-continue', 'content-type': 'application/json' };
    expect((await post('{}', headers)).status).toBe(201);
    const refused = await gateway.call({
      method: 'PUT',
      path: `/v2/images/${ID}/file`,
      headers: { expect: '100-continue', 'content-type': 'text/plain', 'content-length': '9' },
    });
    expect([refused.status, refused.headers.connection]).toEqual([415, 'close']);
  });
});

describe('paths', () => {
  it.each([
    '/v2/images/%ff',
    `/v2/images/${ID}/tags/%ff`,
    `/v2/images/${ID}/tags/%00`,
    '/v2/%c0%ae',
  ])('refuses %s', async (path) => {
    expect((await gateway.call({ path, method: 'PUT' })).status).toBe(400);
  });

  it('refuses a transfer coding other than chunked', async () => {
    const headers = { 'transfer-encoding': 'gzip, chunked' };
    const { status } = await gateway.call({
      method: 'POST',
      path: '/v2/images',
      headers,
      body: '',
    });
    expect(status).toBe(400);
  });
});
