import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf, parseS3Config } from './config.ts';
import { listBlobs } from './list.ts';
import { Signer } from './sign.ts';
import { listParts } from './uploads.ts';
import { S3Wire } from './wire.ts';

const OBJECTS = ['a', 'b', 'c', 'd', 'e'];
const UPLOADS = ['c', 'c', 'bb', 'a', 'z'];
let server: Server;
let wire: S3Wire;

/** A server that gives two at a time, uploads in an order of its own. */
function answerTo(query: URLSearchParams): string {
  const page = (from: number, all: number, next: string) =>
    from + 2 < all ? `<IsTruncated>true</IsTruncated>${next}` : '<IsTruncated>false</IsTruncated>';
  if (query.has('uploadId')) {
    const from = Number(query.get('part-number-marker') ?? 0);
    const parts = [from + 1, from + 2].filter((part) => part <= 5);
    const items = parts.map((n) => `<Part><PartNumber>${n}</PartNumber><Size>${n}</Size></Part>`);
    const next = `<NextPartNumberMarker>${from + 2}</NextPartNumberMarker>`;
    return `<R>${items.join('')}${page(from, 5, next)}</R>`;
  }
  if (query.has('uploads')) {
    const from = Number(query.get('upload-id-marker') ?? 0);
    const items = UPLOADS.slice(from, from + 2).map(
      (key, n) => `<Upload><Key>${key}</Key><UploadId>${from + n}</UploadId></Upload>`,
    );
    const next = `<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>${from + 2}</NextUploadIdMarker>`;
    return `<R>${items.join('')}${page(from, UPLOADS.length, next)}</R>`;
  }
  const from = Number(query.get('continuation-token') ?? 0);
  const items = OBJECTS.slice(from, from + 2).map(
    (key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`,
  );
  const next = `<NextContinuationToken>${from + 2}</NextContinuationToken>`;
  return `<R>${items.join('')}${page(from, OBJECTS.length, next)}</R>`;
}

beforeAll(async () => {
  server = createServer((req, res) => {
    res.end(answerTo(new URL(req.url ?? '/', 'http://x').searchParams));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const config = parseS3Config({ endpoint, bucket: 'bucket', access_key: 'a', secret_key: 's' });
  const signer = new Signer({ accessKeyId: 'a', secretAccessKey: 's' }, 'r');
  wire = new S3Wire({ address: addressOf(config), signer, trust: {} });
});
afterAll(async () => {
  await wire.close();
  await new Promise((resolve) => server.close(resolve));
});

it('merges all pages of objects and of uploads, blobs before unfinished writes', async () => {
  const entries = [];
  for await (const { key, partial } of listBlobs(wire, {}))
    entries.push(key + (partial ? '*' : ''));
  expect(entries).toEqual(['a', 'a*', 'b', 'bb*', 'c', 'c*', 'c*', 'd', 'e', 'z*']);
});

it('keeps to prefix and continuation where the server does not', async () => {
  const entries = [];
  for await (const { key } of listBlobs(wire, { after: 'b', prefix: '' })) entries.push(key);
  expect(entries).toEqual(['bb', 'c', 'c', 'c', 'd', 'e', 'z']);
});

it('reads all pages of parts', async () => {
  const parts = await listParts(wire, { key: 'k', uploadId: 'u' });
  expect(parts.map(({ index, bytes }) => [index, bytes])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
  ]);
});
