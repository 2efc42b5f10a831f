import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { PATCH_TYPE } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { rawStatus } from '../support/raw-exchange.ts';

const at = useDeployment();

let id: string;
beforeAll(async () => {
  ({ id } = await at.member.created());
});

describe('a JSON body', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const create = (body: string | Buffer, headers = {}) =>
    at.member.ask('POST', '/v2/images', { body, headers });

  it.each([
    ['cut off', '{"name":"x"'],
    ['of two values', '{}{}'],
    ['with a comma too many', '{"name":"x",}'],
    ['in single quotes', "{'name':'x'}"],
    ['of nothing but blanks', '  '],
    ['that is text', '"x"'],
    ['that is a number', '1'],
    ['that is null', 'null'],
    ['that is a list', '[]'],
    ['with NUL in it', '{"name":"a\\u0000b"}'],
    ['with a raw NUL', '{"name":"a\0b"}'],
    ['with half a surrogate', '{"name":"\\ud800"}'],
    ['with half a surrogate in a property', '{"hw_x":"\\udfff"}'],
    ['with infinity', '{"min_disk":1e400}'],
    ['with a number beyond all columns', '{"min_disk":99999999999999999999999}'],
    ['65 levels deep', `{"tags":${nested(64)}}`],
    ['100,000 levels deep', nested(100_000)],
  ])('%s is 400', async (_, body) => {
    expect((await create(body)).status).toBe(400);
  });

  it('that is no UTF-8 is 400', async () => {
    expect((await create(Buffer.from('7b226e616d65223a22ff227d', 'hex'))).status).toBe(400);
  });

  it('that is missing is 400 and says so', async () => {
    const answer = await at.member.ask('POST', '/v2/images');
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining('Body expected in request.'),
    ]);
    expect((await at.member.ask('POST', `/v2/images/${id}/import`)).status).toBe(400);
  });

  it('beyond 1 MiB is 413, with a length and without, and the connection is not left hanging', async () => {
    const big = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
    expect((await create(big)).status).toBe(413);
    const chunks = Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 'x')));
    expect((await at.member.ask('POST', '/v2/images', { body: chunks })).status).toBe(413);
    const headers = { 'content-type': PATCH_TYPE };
    const patch = await at.member.ask('PATCH', `/v2/images/${id}`, { body: big, headers });
    expect(patch.status).toBe(413);
  });

  it('that declares 10 EB is 413 at once', async () => {
    const head = `POST /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\nContent-Length: 10000000000000000000\r\n\r\n`;
    expect([400, 413]).toContain(await rawStatus(at.gateway.url, head));
  });

  it('full of names of JavaScript objects harms nobody', async () => {
    const answer = await create('{"__proto__":{"isAdmin":true},"name":"x"}');
    expect(answer.status).toBe(400);
    expect((await at.member.get('/federation/v1/status')).status).toBe(403);
  });
});

describe('a header', () => {
  const ask = (...lines: readonly string[]): Promise<number | undefined> =>
    rawStatus(
      at.gateway.url,
      [`GET /v2/images/${id} HTTP/1.1`, 'Host: x', ...lines, '\r\n'].join('\r\n'),
    );
  const token = (): string => `X-Auth-Token: ${at.stack.member}`;

  it.each([
    ['of 100 kB', 431, () => [token(), `X-Long: ${'x'.repeat(100_000)}`]],
    ['of 20 kB that should be a token', 431, () => [`X-Auth-Token: ${'x'.repeat(20_000)}`]],
    ['without a name', 400, () => [token(), ': x']],
    ['with a space in its name', 400, () => [token(), 'X Y: z']],
    ['with a space before the colon', 400, () => [token(), 'X-Y : z']],
    ['without a colon', 400, () => [token(), 'X-Nothing']],
    ['with NUL in it', 400, () => [token(), 'X-Y: a\0b']],
    ['with a bare CR in it', 400, () => [token(), 'X-Y: a\rb']],
    ['that is folded', 400, () => [token(), 'X-Y: a\r\n b']],
    ['with two tokens', 401, () => [token(), 'X-Auth-Token: other']],
    ['with a token in other letters', 401, () => [token().toUpperCase()]],
    ['with an empty token', 401, () => ['X-Auth-Token:']],
  ] as const)('%s is answered %d', async (_, status, lines) => {
    expect(await ask(...lines())).toBe(status);
  });

  it('of an odd but legal kind is no error', async () => {
    expect(await ask(token(), 'X-Y: \xff\xfe', 'Accept: ;;;,,,', 'Range: x')).toBe(200);
  });

  it('Host may be odd, and is never repeated into a link as it is', async () => {
    const head = 'GET /versions HTTP/1.1\r\nHost: x"><script>\r\n\r\n';
    expect([200, 400]).toContain(await rawStatus(at.gateway.url, head));
    expect(await rawStatus(at.gateway.url, 'GET /versions HTTP/1.1\r\n\r\n')).toBe(400);
  });

  it('that names a request cannot forge a line of the log or an answer', async () => {
    const answer = await at.member.get('/v2/images', { 'x-openstack-request-id': 'req-a"}{"x' });
    expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
  });
});
