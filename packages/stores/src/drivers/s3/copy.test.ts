import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyObject } from './copy.ts';
import { type Asked, type Script, ScriptedServer } from './script.fixture.ts';

const limits = { oneCallBytes: 10, rangeBytes: 8 };
const copy = {
  key: 'aa/to',
  from: { bucket: 'images', key: 'aa/from' },
  maxParts: 1000,
  limits,
};

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

/** A service with a source of so many bytes; `part` answers the copy of a range. */
function has(size: number, part: Script): void {
  let isDone = false;
  server.script = (asked) => {
    const { method, url } = asked;
    const isTarget = url.pathname.endsWith('/to');
    if (method === 'HEAD' && isTarget && !isDone) return { status: 404 };
    if (method === 'HEAD') return { headers: { 'content-length': String(size), etag: '"e"' } };
    if (method === 'PUT') return part(asked);
    if (method === 'DELETE') return { status: 204 };
    if (url.searchParams.has('uploads')) return { body: '<R><UploadId>u</UploadId></R>' };
    isDone = true;
    // As radosgw answers, without an ETag.
    return { body: '<R/>' };
  };
}

const numberOf = ({ url }: Asked) => Number(url.searchParams.get('partNumber'));
const copied: Script = (asked) => ({ body: `<R><ETag>"p${numberOf(asked)}"</ETag></R>` });

it('copies what one call does not take in ranges, and puts them together in order', async () => {
  has(43, copied);
  expect(await copyObject(server.wire, copy)).toEqual({ key: 'aa/to', size: 43, proof: 'sent' });
  const parts = server.asked.filter(({ method }) => method === 'PUT');
  const ranges = parts.map((asked) => [numberOf(asked), asked.headers['x-amz-copy-source-range']]);
  expect(new Map(ranges as [number, string][])).toEqual(
    new Map([
      [1, 'bytes=0-7'],
      [2, 'bytes=8-15'],
      [3, 'bytes=16-23'],
      [4, 'bytes=24-31'],
      [5, 'bytes=32-39'],
      [6, 'bytes=40-42'],
    ]),
  );
  const completed = server.asked.find(({ body }) => body.includes('CompleteMultipartUpload'));
  const numbers = [...(completed?.body.matchAll(/<PartNumber>(\d+)/g) ?? [])].map(([, n]) => n);
  expect(numbers).toEqual(['1', '2', '3', '4', '5', '6']);
});

it('copies larger ranges where there are few part numbers', async () => {
  has(43, copied);
  await copyObject(server.wire, { ...copy, maxParts: 2 });
  const parts = server.asked.filter(({ method }) => method === 'PUT');
  expect(parts.map(({ headers }) => headers['x-amz-copy-source-range']).sort()).toEqual([
    'bytes=0-21',
    'bytes=22-42',
  ]);
});

it('breaks off all ranges when one fails, begins no other, and aborts the upload last', async () => {
  // The others never answer: only breaking them off ends them.
  has(800, (asked) => (numberOf(asked) === 4 ? { status: 507 } : undefined));
  await expect(copyObject(server.wire, copy)).rejects.toMatchObject({ code: 'no_space' });
  expect(server.asked.filter(({ method }) => method === 'PUT')).toHaveLength(4);
  expect(server.calls.at(-1)).toBe('DELETE uploadId');
});

it('aborts the upload when the caller gives up', async () => {
  const caller = new AbortController();
  has(800, () => {
    caller.abort();
    return undefined;
  });
  const copying = copyObject(server.wire, { ...copy, signal: caller.signal });
  await expect(copying).rejects.toMatchObject({ code: 'cancelled' });
  expect(server.calls.at(-1)).toBe('DELETE uploadId');
});

it('aborts the upload also when it may not read the source, and copies nothing', async () => {
  has(43, () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }));
  expect(await copyObject(server.wire, copy)).toBeUndefined();
  expect(server.calls.at(-1)).toBe('DELETE uploadId');
});

it('says both when the upload cannot be aborted', async () => {
  has(43, () => ({ status: 507 }));
  const { script } = server;
  server.script = (asked) => (asked.method === 'DELETE' ? { status: 503 } : script(asked));
  await expect(copyObject(server.wire, copy)).rejects.toMatchObject({
    code: 'unavailable',
    cause: { errors: [{ code: 'no_space' }, { code: 'unavailable' }] },
  });
});
