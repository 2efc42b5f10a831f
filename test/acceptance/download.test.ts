import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';

const at = useDeployment({
  policies: [{ id: 'everywhere', targets: [{ regions: ['*'], copies: 1 }] }],
});
const MIB = 1024 * 1024;
const SIZE = 9 * MIB + 123;
const bytes = testBytes(SIZE);
const md5 = createHash('md5').update(bytes).digest('hex');
const EVERYWHERE = ['east-1', 'west-1', 'north-1'];

let id: string;
let empty: string;

beforeAll(async () => {
  id = await at.member.uploaded(bytes);
  empty = await at.member.uploaded(Buffer.alloc(0));
  await at.member.copied(id, ...EVERYWHERE);
});

function readFrom(store: string): Promise<number> {
  const labels = `store="${store}",direction="read"`;
  return at.metric(at.worker, 'parallax_store_bytes_total', labels);
}

describe('a download', () => {
  it('is the image, with its type, length and md5 in hex', async () => {
    const answer = await at.member.download(id);
    expect([answer.status, answer.headers]).toMatchObject([
      200,
      {
        'content-type': 'application/octet-stream',
        'content-length': String(SIZE),
        'content-md5': md5,
      },
    ]);
    expect(sha512(answer.bytes)).toBe((await at.member.shown(id)).os_hash_value);
    expect(answer.headers).not.toHaveProperty('content-range');
  });

  it('has the headers of an image and no others, wherever its bytes come from', async () => {
    const OURS = new Set([
      'accept-ranges',
      'connection',
      'content-length',
      'content-md5',
      'content-type',
      'date',
      'keep-alive',
      'x-openstack-request-id',
    ]);
    for (const region of ['east', 'west', 'north']) {
      const { headers } = await at.member.download(id, { 'x-parallax-region': region });
      expect(Object.keys(headers).filter((name) => !OURS.has(name))).toEqual([]);
    }
  });

  it('of an empty image is empty', async () => {
    const answer = await at.member.download(empty);
    expect([answer.status, answer.headers['content-length'], answer.bytes.length]).toEqual([
      200,
      '0',
      0,
    ]);
  });

  it.each(['east', 'west', 'north'])('by a client in %s is the same image', async (region) => {
    const answer = await at.member.download(id, { 'x-parallax-region': region });
    expect([answer.status, sha512(answer.bytes)]).toEqual([200, sha512(bytes)]);
  });

  it.each([
    ['west', 'west-1'],
    ['north', 'north-1'],
  ])("by a client in %s is read from that region's store", async (region, store) => {
    const before = await readFrom(store);
    await at.member.download(id, { 'x-parallax-region': region });
    expect((await readFrom(store)) - before).toBeGreaterThanOrEqual(SIZE);
    const { stores } = (await at.member.get(`/v2/images/${id}`, { 'x-parallax-region': region }))
      .object;
    expect(String(stores).split(',')[0]).toBe(store);
  });

  it('is read from the store that the client prefers', async () => {
    const before = await readFrom('north-1');
    const answer = await at.member.download(id, {}, '?prefer=north-1');
    expect([answer.status, sha512(answer.bytes)]).toEqual([200, sha512(bytes)]);
    expect((await readFrom('north-1')) - before).toBeGreaterThanOrEqual(SIZE);
  });

  it('may prefer a store that has no copy, and none that is unknown', async () => {
    expect((await at.member.download(id, {}, '?prefer=east-2,west-1')).status).toBe(200);
    expect((await at.member.download(id, {}, '?prefer=west-1,nowhere')).status).toBe(400);
    expect((await at.member.download(id, {}, '?prefer=')).status).toBe(200);
  });

  it('is whole for many at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.member.download(id)));
    for (const answer of answers) expect(sha512(answer.bytes)).toBe(sha512(bytes));
  });

  it('of an image that is not there is 404', async () => {
    expect((await at.member.download(randomUUID())).status).toBe(404);
  });

  it('does not answer HEAD', async () => {
    const answer = await at.member.ask('HEAD', `/v2/images/${id}/file`);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, PUT']);
  });

  it('ignores what glanceclient says about the type of its empty body', async () => {
    const answer = await at.member.download(id, { 'content-type': 'application/octet-stream' });
    expect(answer.status).toBe(200);
  });
});

describe('a range', () => {
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=0-99', 0, 100],
    ['bytes=100-', 100, SIZE],
    ['bytes=-100', SIZE - 100, SIZE],
    [`bytes=${MIB - 1}-${MIB}`, MIB - 1, MIB + 1],
    [`bytes=${8 * MIB - 5}-${8 * MIB + 4}`, 8 * MIB - 5, 8 * MIB + 5],
    [`bytes=${MIB}-${2 * MIB - 1}`, MIB, 2 * MIB],
    [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE],
    [`bytes=0-${SIZE + 1000}`, 0, SIZE],
    ['bytes=5-99999999999999999999', 5, SIZE],
    [`bytes=-${SIZE + 1}`, 0, SIZE],
    ['BYTES=1-2', 1, 3],
  ])('%s is answered 206 with its bytes', async (range, start, end) => {
    const answer = await at.member.download(id, { range });
    expect([answer.status, answer.headers]).toMatchObject([
      206,
      {
        'content-range': `bytes ${start}-${end - 1}/${SIZE}`,
        'content-length': String(end - start),
        'content-md5': md5,
      },
    ]);
    expect(answer.bytes.equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each(['west', 'north'])('is answered to a client in %s, too', async (region) => {
    const headers = { range: `bytes=${MIB - 7}-${3 * MIB}`, 'x-parallax-region': region };
    const answer = await at.member.download(id, headers);
    expect(answer.status).toBe(206);
    expect(answer.bytes.equals(bytes.subarray(MIB - 7, 3 * MIB + 1))).toBe(true);
  });

  it.each([
    `bytes=${SIZE}-`,
    `bytes=${SIZE}-${SIZE + 10}`,
    'bytes=99999999999999999999-',
    'bytes=18446744073709551616-',
    'bytes=-0',
    'bytes=5-4',
    'bytes=-',
    'bytes=--1',
    'bytes=1-2-3',
    'bytes=a-b',
    'bytes=0x1-0x2',
    'bytes=+1-2',
    'bytes',
    'bytes=',
    'items=0-1',
    '0-1',
  ])('%s that lies nowhere is answered 416 with the size', async (range) => {
    const answer = await at.member.download(id, { range });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, `bytes */${SIZE}`]);
  });

  it.each(['bytes=0-1,5-6', 'bytes=0-1, 5-6', 'bytes=0-,0-,0-,0-'])(
    '%s of several parts is answered 400',
    async (range) => {
      expect((await at.member.download(id, { range })).status).toBe(400);
    },
  );

  it('of an empty image lies nowhere', async () => {
    const answer = await at.member.download(empty, { range: 'bytes=0-' });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */0']);
  });

  it.each([
    ['bytes 2-4/*', 2, 5],
    [`bytes 2-4/${SIZE}`, 2, 5],
    [`bytes 0-${SIZE + 5}/*`, 0, SIZE],
  ])('may be asked for the old way: Content-Range: %s', async (contentRange, start, end) => {
    const answer = await at.member.download(id, { 'content-range': contentRange });
    expect(answer.status).toBe(206);
    expect(answer.bytes.equals(bytes.subarray(start, end))).toBe(true);
  });

  it.each(['bytes */*', 'bytes 5-4/*', 'bytes 2-4', 'nonsense'])(
    'asked for the old way lies nowhere: Content-Range: %s',
    async (contentRange) => {
      expect((await at.member.download(id, { 'content-range': contentRange })).status).toBe(416);
    },
  );
});
