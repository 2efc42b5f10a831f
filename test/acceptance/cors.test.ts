import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const HORIZON = 'https://horizon.example';
const MARKS = /^access-control-/;

describe('a page of another origin', () => {
  let member: Client;
  let anyone: Client;
  beforeAll(async () => {
    const config = { cors: { allowed_origins: [HORIZON] } };
    const { url } = await at.stack.ready(await at.stack.startGateway({ config }));
    [member, anyone] = [at.client(at.stack.member, url), at.client(undefined, url)];
  });

  it('uploads as Horizon does: it asks, then sends the file with its token', async () => {
    const { id } = await member.created();
    const preflight = await anyone.ask('OPTIONS', `/v2/images/${id}/file`, {
      headers: {
        origin: HORIZON,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type,x-auth-token',
      },
    });
    expect([preflight.status, preflight.text]).toEqual([200, '']);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': HORIZON,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'content-type,x-auth-token',
      'access-control-max-age': '3600',
    });
    const upload = await member.upload(id, Buffer.from('from a browser'), { origin: HORIZON });
    expect([upload.status, upload.headers['access-control-allow-origin']]).toEqual([204, HORIZON]);
    const download = await member.download(id, { origin: HORIZON });
    expect(download.text).toBe('from a browser');
    expect(download.headers).toMatchObject({
      vary: 'Origin',
      'access-control-allow-origin': HORIZON,
      'access-control-expose-headers': expect.stringContaining('X-OpenStack-Request-ID'),
    });
  });

  it('reads refusals too', async () => {
    const answer = await anyone.get('/v2/images', { origin: HORIZON });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([401, HORIZON]);
  });

  it('that nobody named gets no permission', async () => {
    const answer = await member.get('/v2/images', { origin: 'https://evil.example' });
    expect(Object.keys(answer.headers).filter((name) => MARKS.test(name))).toEqual([]);
  });
});

it('is not known to a gateway without CORS, which answers OPTIONS all the same', async () => {
  const headers = { origin: HORIZON, 'access-control-request-method': 'PUT' };
  const answer = await at.anyone.ask('OPTIONS', '/v2/images', { headers });
  expect([answer.status, answer.text]).toEqual([200, '']);
  expect(Object.keys(answer.headers).filter((name) => MARKS.test(name))).toEqual([]);
});
