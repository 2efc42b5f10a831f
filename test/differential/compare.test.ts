import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { compareRow, type Difference } from './compare.ts';
import { covers } from './intended.ts';
import { describeDifferences } from './report.ts';
import { ask, create, get, given, row, show } from './row.ts';
import type { Side } from './side.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function sideOf(name: Side['name'], listener: RequestListener): Promise<Side> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const [admin, demo, reader, service] = ['a', 'd', 'r', 's'];
  const tokens = { admin, demo, reader, alt_demo: 'x', service, nobody: undefined, stale: 'old' };
  return { name, url: `http://127.0.0.1:${address.port}`, tokens, projects: { demo: 'p' } };
}

/** Two services that answer these JSON values with these headers. */
async function differences(
  [there, here]: readonly [unknown, unknown],
  headers: readonly [Record<string, string>, Record<string, string>] = [{}, {}],
  status: readonly [number, number] = [200, 200],
): Promise<readonly Difference[]> {
  const answering =
    (i: 0 | 1): RequestListener =>
    (_, response) => {
      response.writeHead(status[i], { 'content-type': 'application/json', ...headers[i] });
      response.end(JSON.stringify([there, here][i]));
    };
  const pair = [
    await sideOf('glance', answering(0)),
    await sideOf('parallax', answering(1)),
  ] as const;
  return compareRow(row('a row', get('/v2/images')), 1, pair);
}

describe('a comparison', () => {
  it('finds nothing in what is the same but for times, request ids and the address', async () => {
    const body = (n: number) => ({
      created_at: `2026-01-0${n}T00:00:00Z`,
      tags: n > 1 ? ['a', 'b'] : ['b', 'a'],
    });
    const id = (digit: string) => ({
      'x-openstack-request-id': `req-${digit.repeat(8)}-0000-4000-8000-000000000000`,
    });
    expect(await differences([body(1), body(2)], [id('1'), id('2')])).toEqual([]);
  });

  it('names each field that differs, is missing or is too many', async () => {
    const found = await differences(
      [
        { name: 'a', size: 1, nested: { x: [1, 2] } },
        { name: 'b', more: null, nested: { x: [1, 3] } },
      ],
      [{ allow: 'GET, PUT' }, { allow: 'PUT, GET', location: '/x' }],
    );
    const fields = found.map(({ field, glance, ours }) => [field, glance, ours]);
    expect(fields).toEqual([
      ['body.name', '"a"', '"b"'],
      ['body.size', '1', undefined],
      ['body.nested.x[1]', '2', '3'],
      ['header location', undefined, '/x'],
      ['body.more', undefined, 'null'],
    ]);
    expect(describeDifferences(found)).toContain('a row: step 1, GET /v2/images (200)');
  });

  it('tells items that are missing by the list alone', async () => {
    const image = (id: string) => ({ id, name: id });
    const found = await differences([
      { images: [image('a'), image('b')] },
      { images: [image('b')] },
    ]);
    expect(found.map(({ field, glance, ours }) => [field, glance, ours])).toEqual([
      ['body.images', '[a, b]', '[b]'],
    ]);
  });

  it('takes a different status for all that follows from it', async () => {
    const found = await differences([{ a: 1 }, { b: 2 }], [{}, { allow: 'GET' }], [500, 400]);
    expect(found.map(({ field, glance, ours }) => [field, glance, ours])).toEqual([
      ['status', '500', '400'],
    ]);
  });

  it('refuses to go on where what is given does not hold', async () => {
    const refuse: RequestListener = (_, response) => void response.writeHead(409).end();
    const pair = [await sideOf('glance', refuse), await sideOf('parallax', refuse)] as const;
    await expect(compareRow(row('a row', given(create({}))), 1, pair)).rejects.toThrow('refuses');
  });

  it('sends exactly what the row says, variables filled in on each side', async () => {
    const seen: string[] = [];
    const listener: RequestListener = (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['x-auth-token']}`);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: `made-${request.socket.localPort}` }));
    };
    const pair = [await sideOf('glance', listener), await sideOf('parallax', listener)] as const;
    const steps = [
      create({}, { bind: { made: 'id' } }),
      show('$made'),
      ask('GET //v2/../$row#x?a=%zz'),
    ];
    expect(await compareRow(row('a row', ...steps), 7, pair)).toEqual([]);
    expect(seen).toContain('GET //v2/../00000007-0000-4000-8000-000000000000#x?a=%zz d');
    expect(seen.filter((line) => /^GET \/v2\/images\/made-\d+ d$/.test(line))).toHaveLength(2);
  });
});

it('an intended difference covers what it names and nothing else', () => {
  const difference = {
    row: 'a',
    step: 1,
    request: 'GET /',
    status: 500,
    field: 'status',
    glance: '500',
    ours: '400',
  };
  const intended = { rows: ['a'], field: 'status', glance: '500', ours: /^4/, because: 'x' };
  expect(covers(intended, difference)).toBe(true);
  for (const other of [
    { row: 'b' },
    { field: 'body' },
    { glance: '400' },
    { ours: '500' },
    { ours: undefined },
  ]) {
    expect(covers(intended, { ...difference, ...other })).toBe(false);
  }
});
