import { afterEach, beforeEach, expect, it } from 'vitest';
import { completeUpload } from './complete.ts';
import { etagOfParts } from './digest.ts';
import { ScriptedServer } from './script.fixture.ts';

const MARK = 'a'.repeat(32);
const MD5 = '900150983cd24fb0d6963f7d28e17f72';
const OURS = etagOfParts([MD5]);
const OTHER = etagOfParts(['0'.repeat(32)]);
const receipts = [{ index: 0, bytes: 3, etag: MD5, digest: MD5 }];
const write = { key: 'aa/k', uploadId: 'u', mark: MARK as string | undefined, receipts, size: 3 };
const mismatch = { code: 'integrity_mismatch' };

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

/** What is under the key once the upload was completed. */
function becomes(
  etag: string,
  { mark = MARK, size = 3, completed = '<R/>', status = 200 } = {},
): void {
  let isDone = false;
  server.script = ({ method, url }) => {
    if (method === 'POST') {
      isDone = true;
      return { status, body: completed };
    }
    if (method === 'DELETE') return { status: 204 };
    if (url.searchParams.has('uploadId')) {
      return { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' };
    }
    const length = { 'content-length': String(size) };
    return isDone
      ? { headers: { ...length, etag, 'x-amz-meta-parallax-write': mark } }
      : { status: 404 };
  };
}

it('removes the wrong object that it made where the service tells no ETag', async () => {
  becomes(OTHER);
  await expect(completeUpload(server.wire, write, {})).rejects.toMatchObject(mismatch);
  expect(server.calls.at(-1)).toBe('DELETE');
});

it('removes an object of another length', async () => {
  becomes(OURS, { size: 2 });
  await expect(completeUpload(server.wire, write, {})).rejects.toMatchObject(mismatch);
  expect(server.calls.at(-1)).toBe('DELETE');
});

it('removes the wrong object that it made when the answer was lost', async () => {
  becomes(OTHER, { status: 500 });
  await expect(completeUpload(server.wire, write, {})).rejects.toMatchObject(mismatch);
  expect(server.calls.at(-1)).toBe('DELETE');
});

it.each([200, 500])(
  "leaves another's object where it is, after an answer of %s",
  async (status) => {
    becomes(OTHER, { mark: 'b'.repeat(32), status });
    const conflict = { code: 'conflict' };
    await expect(completeUpload(server.wire, write, {})).rejects.toMatchObject(conflict);
    expect(server.calls).not.toContain('DELETE');
  },
);

it('does not take the same bytes of another for its own', async () => {
  becomes(OURS, { mark: 'b'.repeat(32) });
  const conflict = { code: 'conflict' };
  await expect(completeUpload(server.wire, write, {})).rejects.toMatchObject(conflict);
});

it.each([
  ['its digest', OURS, 'stored'],
  ['an ETag that is none', '"encrypted"', 'sent'],
])('knows its own object by %s, also when the answer was lost', async (_, etag, proof) => {
  for (const status of [200, 500]) {
    becomes(etag, { status });
    expect(await completeUpload(server.wire, write, {})).toMatchObject({ size: 3, proof });
  }
});

it('judges by the ETag that it is told where the mark is not known', async () => {
  const unmarked = { ...write, mark: undefined };
  becomes(OTHER, { completed: `<R><ETag>${OTHER}</ETag></R>` });
  await expect(completeUpload(server.wire, unmarked, {})).rejects.toMatchObject(mismatch);
  becomes(OTHER, { completed: `<R><ETag>${OURS}</ETag></R>` });
  await expect(completeUpload(server.wire, unmarked, {})).rejects.toMatchObject({
    code: 'conflict',
  });
});

it.each(['<R/>', '<R><ETag></ETag></R>'])(
  'takes what is as expected for its own after %s',
  async (completed) => {
    const unmarked = { ...write, mark: undefined };
    becomes(OURS, { completed });
    expect(await completeUpload(server.wire, unmarked, {})).toMatchObject({ proof: 'stored' });
    becomes('"encrypted"', { completed });
    expect(await completeUpload(server.wire, unmarked, {})).toMatchObject({ proof: 'sent' });
    becomes(OTHER, { completed });
    await expect(completeUpload(server.wire, unmarked, {})).rejects.toMatchObject({
      code: 'conflict',
    });
  },
);
