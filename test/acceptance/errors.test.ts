import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { rawStatus } from '../support/raw-exchange.ts';

const at = useDeployment();
const HTML = 'text/html; charset=UTF-8';
const PLAIN = 'text/plain; charset=UTF-8';
const JSON_TYPE = 'application/json';

let id: string;
beforeAll(async () => {
  ({ id } = await at.member.created());
});

describe('an error body', () => {
  it.each([
    ['*/*', HTML],
    ['text/html', HTML],
    ['text/html,application/xhtml+xml,*/*;q=0.8', HTML],
    ['application/json', JSON_TYPE],
    ['application/json, */*;q=0.1', JSON_TYPE],
    ['application/json;q=0.5, text/html', HTML],
    ['application/json, text/html', HTML],
    ['application/*', JSON_TYPE],
    ['', JSON_TYPE],
    [null, PLAIN],
    ['text/plain', PLAIN],
    ['image/png', PLAIN],
    ['nonsense;;;q=x', PLAIN],
  ])('for Accept %j is %s', async (accept, type) => {
    const answer = await at.member.get(`/v2/images/${randomUUID()}`, { accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([404, type]);
  });

  it('in JSON has exactly message, code and title, as WebOb has it', async () => {
    const unknown = randomUUID();
    const answer = await at.member.get(`/v2/images/${unknown}`);
    expect(answer.object).toEqual({
      message: `No image found with ID ${unknown}<br /><br />\n\n\n`,
      code: '404 Not Found',
      title: 'Not Found',
    });
  });

  it('in HTML has title, heading and an escaped message', async () => {
    const answer = await at.member.get('/v2/images?sort=<script>\'&"', { accept: '*/*' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('<title>400 Bad Request</title>');
    expect(answer.text).toContain('<h1>400 Bad Request</h1>');
    expect(answer.text).toContain('&lt;script&gt;');
    expect(answer.text).not.toContain('<script>');
  });

  it('in plain text has the status line and the message', async () => {
    const unknown = randomUUID();
    const answer = await at.member.get(`/v2/images/${unknown}`, { accept: null });
    expect(answer.text).toBe(`404 Not Found\n\nNo image found with ID ${unknown}\n\n`);
  });

  it('has the same form on 401, 405 and 413, and in the federation API', async () => {
    const accept = '*/*';
    const big = 'x'.repeat(1024 * 1024 + 1);
    const answers = [
      await at.anyone.get('/v2/images', { accept }),
      await at.member.ask('PUT', `/v2/images/${id}`, { headers: { accept } }),
      await at.member.ask('POST', '/v2/images', { body: big, headers: { accept } }),
      await at.member.get('/federation/v1/status', { accept }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 405, 413, 403]);
    for (const answer of answers) expect(answer.headers['content-type']).toBe(HTML);
  });

  it('never holds a stack, a path of ours or a token', async () => {
    for (const path of ['/v2/images?limit=x', `/v2/images/${randomUUID()}`, '/v2/nothing']) {
      const { text } = await at.member.get(path);
      expect(text).not.toMatch(/node_modules|\.[jt]s:\d|at .+\(/);
      expect(text).not.toContain(at.stack.member);
    }
  });
});

describe('a method that a path does not have is answered 405 with what it has', () => {
  it.each([
    ['PUT', '/v2/images', 'GET, POST'],
    ['DELETE', '/v2/images', 'GET, POST'],
    ['HEAD', '/v2/images', 'GET, POST'],
    ['PUT', '/v2/images/ID', 'DELETE, GET, PATCH'],
    ['POST', '/v2/images/ID', 'DELETE, GET, PATCH'],
    ['HEAD', '/v2/images/ID', 'DELETE, GET, PATCH'],
    ['POST', '/v2/images/ID/file', 'GET, PUT'],
    ['DELETE', '/v2/images/ID/file', 'GET, PUT'],
    ['GET', '/v2/images/ID/import', 'POST'],
    ['GET', '/v2/images/ID/tags/t', 'DELETE, PUT'],
    ['POST', '/v2/info/stores', 'GET'],
    ['POST', '/v2/info/import', 'GET'],
    ['POST', '/v2/schemas/image', 'GET'],
    ['GET', '/v2/stores/east-1/ID', 'DELETE'],
  ])('%s %s', async (method, path, allow) => {
    const answer = await at.member.ask(method, path.replace('ID', id));
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
  });
});

describe('a path that is not there', () => {
  it.each([
    '/v2/images/',
    '/v2/images/ID/',
    '/v2/nothing',
    '/v2/images/ID/nothing',
    '/v2/info',
    '/v2/info/nothing',
    '/v2/schemas/nothing',
    '/v2/stores/east-1',
  ])('%s is 404', async (path) => {
    expect((await at.member.get(path.replace('ID', id))).status).toBe(404);
  });

  it('is 404 for other methods of the tasks of an image, as Glance has no fallback there', async () => {
    expect((await at.member.post(`/v2/images/${id}/tasks`, {})).status).toBe(404);
  });

  it('is 501 with a method nobody knows', async () => {
    const head = (method: string): string =>
      `${method} /v2/nothing HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\n\r\n`;
    expect(await rawStatus(at.gateway.url, head('PROPFIND'))).toBe(501);
    expect([400, 501]).toContain(await rawStatus(at.gateway.url, head('BREW')));
  });
});

describe('an id that can be none is 404, never an error', () => {
  it.each([
    'x',
    '1',
    '-1',
    'a'.repeat(37),
    'a'.repeat(5_000),
    '00000000-0000-0000-0000-00000000000g',
    '%20',
    '%2e%2e',
    '%2F%2F',
    "'%20OR%201=1--",
    '%27%3B%20DROP%20TABLE%20image',
    '{}',
    'null',
    '[object%20Object]',
    '%C3%BC',
  ])('%s', async (odd) => {
    for (const path of [`/v2/images/${odd}`, `/v2/images/${odd}/file`, `/v2/images/${odd}/tasks`]) {
      expect((await at.member.get(path)).status).toBe(404);
    }
    expect((await at.member.delete(`/v2/images/${odd}`)).status).toBe(404);
    expect((await at.admin.delete(`/v2/stores/east-1/${odd}`)).status).toBe(404);
  });

  it('as is an id in other letters than it has', async () => {
    expect((await at.member.get(`/v2/images/${id.toUpperCase()}`)).status).toBe(404);
  });

  it.each(['%00', 'a%00b', '%ff', '%c0%ae', '%80', '%E0%80%AF', '%'])(
    'and one that is no text is 400: %s',
    async (odd) => {
      const head = `GET /v2/images/${odd} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\n\r\n`;
      expect(await rawStatus(at.gateway.url, head)).toBe(400);
    },
  );

  it.each([
    '/v2/images/../images',
    '/v2/../etc/passwd',
    '//v2/images',
    '/v2//images',
    '/v2/images/./x',
    '/\\evil',
    '/v2\\images',
  ])('and a path that wanders is no error: %s', async (path) => {
    const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\n\r\n`;
    const status = await rawStatus(at.gateway.url, head);
    expect([200, 300, 400, 404]).toContain(status);
  });
});
