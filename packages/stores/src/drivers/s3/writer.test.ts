import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { layoutOf } from './layout.ts';
import { ScriptedServer } from './script.fixture.ts';
import { UNSIGNED_PAYLOAD } from './sign.ts';
import { S3Writer } from './writer.ts';

const BYTES = Buffer.from('abc');
const hashOf = (algorithm: string) => createHash(algorithm).update(BYTES).digest('hex');
const MISMATCH = '<Error><Code>XAmzContentSHA256Mismatch</Code></Error>';

let server: ScriptedServer;
let writer: S3Writer;
beforeEach(async () => {
  server = await ScriptedServer.start();
  const limits = { leastChunks: 1, maxParts: 100 };
  writer = new S3Writer(server.wire, {
    key: 'aa/k',
    uploadId: 'u',
    mark: undefined,
    session: 'u',
    layout: layoutOf(1, limits),
    maxParts: limits.maxParts,
    most: 1000,
  });
});
afterEach(() => server[Symbol.asyncDispose]());

/** Answers with `etag`; a body that does not have its SHA-256 is refused by a server that `checks`. */
function answer(etag: string, checks: boolean): void {
  server.script = ({ headers, body }) => {
    const payload = createHash('sha256').update(body).digest('hex');
    return checks && payload !== headers['x-amz-content-sha256']
      ? { status: 400, body: MISMATCH }
      : { headers: { etag } };
  };
}

const payloads = () => server.asked.map(({ headers }) => headers['x-amz-content-sha256']);

it('finds out once that the server compares SHA-256, and then takes no md5', async () => {
  const other = 'f'.repeat(32);
  answer(other, true);
  expect(await writer.put(0, [BYTES])).toMatchObject({ bytes: 3, digest: other });
  await writer.put(1, [BYTES]);
  expect(payloads().slice(1)).toEqual([hashOf('sha256'), hashOf('sha256')]);
});

it('compares the md5 itself where the server takes any SHA-256', async () => {
  answer(hashOf('md5'), false);
  expect(await writer.put(0, [BYTES])).toMatchObject({ digest: hashOf('md5') });
  expect(payloads().slice(1)).toEqual([UNSIGNED_PAYLOAD]);
  answer('f'.repeat(32), false);
  await expect(writer.put(1, [BYTES])).rejects.toMatchObject({ code: 'integrity_mismatch' });
});

it('believes nothing of a server that gave no answer', async () => {
  server.script = () => ({ status: 503 });
  await expect(writer.put(0, [BYTES])).rejects.toMatchObject({ code: 'unavailable' });
  answer('f'.repeat(32), false);
  await expect(writer.put(0, [BYTES])).rejects.toMatchObject({ code: 'integrity_mismatch' });
});
