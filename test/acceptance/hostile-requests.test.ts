import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AskOptions } from '../support/client.ts';
import { PATCH_TYPE } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const bytes = Buffer.from('bytes of the image');

describe('a header', () => {
  it('that claims something of an image changes nothing of it', async () => {
    const claims = {
      'x-image-meta-id': '6a1f5e0c-0000-4000-8000-000000000000',
      'x-image-meta-status': 'active',
      'x-image-meta-owner': 'elsewhere',
      'x-image-meta-size': '5',
      'x-image-meta-checksum': 'd41d8cd98f00b204e9800998ecf8427e',
      'x-image-meta-is_public': 'true',
      'x-image-meta-location': 'file:///etc/passwd',
      'x-image-meta-property-os_glance_x': 'x',
    };
    const made = await at.member.post('/v2/images', { disk_format: 'raw' }, claims);
    expect(made.status).toBe(201);
    expect(made.object).toMatchObject({ status: 'queued', owner: 'demo', visibility: 'shared' });
    expect(made.object).toMatchObject({ size: null, checksum: null });
    const id = await at.member.uploaded(bytes, { headers: claims });
    const image = await at.member.shown(id);
    expect(image).toMatchObject({ status: 'active', owner: 'demo', size: bytes.length });
    expect(image).not.toHaveProperty('os_glance_x');
    expect((await at.member.get(`/v2/images/${claims['x-image-meta-id']}`)).status).toBe(404);
  });

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'that names another method is not obeyed: %s',
    async (name) => {
      const { id } = await at.member.created();
      const headers = { [name]: 'DELETE' };
      expect((await at.member.get(`/v2/images/${id}`, headers)).status).toBe(200);
      expect((await at.member.post(`/v2/images/${id}`, {}, headers)).status).toBe(405);
      expect((await at.member.shown(id)).status).toBe('queued');
    },
  );

  it('that names another path is not obeyed', async () => {
    const { id } = await at.member.created();
    for (const name of ['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix']) {
      const answer = await at.anyone.get('/versions', { [name]: `/v2/images/${id}` });
      expect([answer.status, answer.text.includes(id)]).toEqual([200, false]);
    }
  });
});

describe('a text that would drive a regular expression mad is refused or found nowhere', () => {
  let id: string;
  beforeAll(async () => {
    id = await at.member.uploaded(bytes);
  });

  const patch = (path: string): AskOptions => ({
    json: [{ op: 'add', path, value: 'x' }],
    headers: { 'content-type': PATCH_TYPE },
  });
  const MANY = 7_000;

  it.each<[string, string, string, AskOptions]>([
    ['slashes in a path', 'PATCH', '/v2/images/ID', patch('/'.repeat(100_000))],
    ['escapes in a path', 'PATCH', '/v2/images/ID', patch(`/${'~0~1'.repeat(50_000)}~`)],
    ['blanks in a path', 'PATCH', '/v2/images/ID', patch(`/a${' '.repeat(100_000)}b`)],
    ['quotes in a list', 'GET', `/v2/images?name=in:${'%22'.repeat(MANY / 3)}`, {}],
    ['escaped quotes', 'GET', `/v2/images?name=in:%22${'%5C%22'.repeat(MANY / 6)}`, {}],
    ['commas in a list', 'GET', `/v2/images?id=in:${','.repeat(MANY)}`, {}],
    ['digits in a date', 'GET', `/v2/images?created_at=gte:${'1'.repeat(MANY)}`, {}],
    [
      'fractions in a date',
      'GET',
      `/v2/images?created_at=2020-01-01T00:00:00.${'0'.repeat(MANY)}!`,
      {},
    ],
    ['colons in an order', 'GET', `/v2/images?sort=${'name:'.repeat(MANY / 5)}`, {}],
    ['commas in an order', 'GET', `/v2/images?sort=${'name,'.repeat(MANY / 5)}!`, {}],
    ['digits in a limit', 'GET', `/v2/images?limit=${'9'.repeat(MANY)}`, {}],
    ['a marker', 'GET', `/v2/images?marker=${'a-'.repeat(MANY / 2)}`, {}],
    [
      'digits in a range',
      'GET',
      '/v2/images/ID/file',
      { headers: { range: `bytes=${'1'.repeat(MANY)}-x` } },
    ],
    [
      'blanks in a range',
      'GET',
      '/v2/images/ID/file',
      { headers: { range: `bytes=0${' '.repeat(MANY)}-1` } },
    ],
    ['a preference', 'GET', `/v2/images/ID/file?prefer=${','.repeat(MANY)}`, {}],
    [
      'an Accept',
      'GET',
      '/v2/nothing',
      { headers: { accept: `${'a/b;q=0,'.repeat(MANY / 8)}*/*;q=` } },
    ],
    [
      'a media type',
      'PATCH',
      '/v2/images/ID',
      { body: '[]', headers: { 'content-type': `${PATCH_TYPE};${' ;'.repeat(MANY / 2)}` } },
    ],
    ['a traceparent', 'GET', '/v2/images/ID', { headers: { traceparent: '0-'.repeat(MANY / 2) } }],
    [
      'forwarded addresses',
      'GET',
      '/v2/images/ID',
      { headers: { 'x-forwarded-for': '1.1.1.1,'.repeat(MANY / 8) } },
    ],
  ])('%s', async (_, method, path, o) => {
    const { status } = await at.member.ask(method, path.replace('ID', id), o);
    expect(status).toBeLessThan(500);
    // The next one is served: the process did not stand still.
    expect((await at.anyone.get('/versions')).status).toBe(200);
  });
});

it('a line break in what a client says forges neither a header nor a line of the log', async () => {
  const forged = '\r\nSet-Cookie: forged\r\n{"level":"error","msg":"forged"}\u001b[2J';
  const { id } = await at.member.created({ name: forged, tags: [forged], hw_x: forged });
  const escaped = encodeURIComponent(forged);
  const answers = [
    await at.member.get(`/v2/images/${id}`),
    await at.member.get(`/v2/images/${escaped}`),
    await at.member.get(`/v2/images?name=${escaped}&limit=1`),
    await at.member.get(`/v2/images?sort=${escaped}`),
    await at.member.ask('PUT', `/v2/images/${id}/tags/${escaped}`),
    await at.member.download(id, {}, `?prefer=${escaped}`),
    await at.admin.delete(`/v2/stores/${escaped}/${id}`),
    await at.member.patch(id, [{ op: 'replace', path: `/${forged}`, value: forged }]),
  ];
  for (const { status, headers } of answers) {
    expect(status).toBeLessThan(500);
    expect(headers).not.toHaveProperty('set-cookie');
  }
  const log = await readFile(at.gateway.process.log, 'utf8');
  const lines = log.trimEnd().split('\n');
  for (const line of lines) expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
  expect(log).not.toContain('\u001b');
});

it.each([
  ['GET', '/v2/tasks'],
  ['POST', '/v2/tasks'],
  ['POST', '/v2/images/ID/locations'],
  ['GET', '/v2/images/ID/locations'],
  ['PUT', '/v2/images/ID/stage'],
])('a way in that is not offered is not there, for whatever right: %s %s', async (method, path) => {
  const { id } = await at.member.created();
  const json = { type: 'import', url: 'file:///etc/passwd', input: { import_from: 'http://x/' } };
  for (const client of [at.member, at.service, at.admin]) {
    const body = method === 'GET' ? {} : { json };
    expect((await client.ask(method, path.replace('ID', id), body)).status).toBe(404);
  }
  expect((await at.member.shown(id)).status).toBe('queued');
});
