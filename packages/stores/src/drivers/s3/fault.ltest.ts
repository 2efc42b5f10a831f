import { randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { BlobWriter, Store } from '@parallax/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { timeoutLayer } from '../../layers/timeout.ts';
import { bytesOf, entriesOf, putAll, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { type Lie, LyingFront } from './front.fixture.ts';
import { dropBucket, labConfig, openLab } from './lab.fixture.ts';

const config = labConfig('east', `fault-${randomBytes(4).toString('hex')}`);
const mismatch = { code: 'integrity_mismatch' };

describe.skipIf(config === undefined)('s3 behind a front that lies', () => {
  let front: LyingFront;
  let store: Store;
  let key: string;

  beforeAll(async () => {
    front = await LyingFront.start(config?.endpoint ?? '');
    store = await openLab(config && { ...config, endpoint: front.endpoint });
    await store.writeIdentity(randomUUID());
  });
  beforeEach(() => {
    front.choose = () => undefined;
    key = `aa/${randomUUID()}.1`;
  });
  afterAll(async () => {
    await store.close();
    await front[Symbol.asyncDispose]();
    await dropBucket(config);
  });

  const lieTo = (method: string, parameter: string, lie: Lie) => {
    front.choose = (asked, url) =>
      asked === method && (parameter === '' || url.searchParams.has(parameter)) ? lie : undefined;
  };

  it.each([
    ['of which the signature has the hash', 1000],
    ['too large for that', 20 * 2 ** 20],
  ])('finds a flipped byte in a part %s, and commits nothing', async (_, length) => {
    const large = await openLab(
      config && { ...config, endpoint: front.endpoint, part_size: 24 * 2 ** 20 },
    );
    const writer = await large.begin(key);
    lieTo('PUT', 'partNumber', 'flip what is sent');
    await expect(putAll(writer, bytesOf(length))).rejects.toMatchObject(mismatch);
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    await writer.abort();
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
    await large.close();
  });

  it.each([
    ['say yes and do nothing', 'store_failed'],
    ['fail', 'unavailable'],
    ['do it and say nothing', 'unavailable'],
  ] as const)('takes no part for written when they %s', async (lie, code) => {
    const writer = await store.begin(key);
    lieTo('PUT', 'partNumber', lie);
    await expect(putAll(writer, bytesOf(1000))).rejects.toMatchObject({ code });
    await writer.abort();
  });

  it('gives up a part that nobody answers for', async () => {
    const patient = timeoutLayer({ stallMs: 300 })(store);
    const writer = await store.begin(key);
    await writer.abort();
    lieTo('PUT', 'partNumber', 'never answer');
    const hung = patient.begin(key).then((begun) => putAll(begun, bytesOf(10)));
    await expect(hung).rejects.toMatchObject({ code: 'stalled' });
    await store.remove(key);
  });

  it.each([
    ['say yes and do nothing', 'store_failed'],
    ['yes, then an error', 'unavailable'],
    ['fail', 'unavailable'],
  ] as const)('takes nothing for committed when they %s', async (lie, code) => {
    const { writer, receipts } = await written();
    lieTo('POST', 'uploadId', lie);
    await expect(writer.commit(receipts, { size: 1000 })).rejects.toMatchObject({ code });
    front.choose = () => undefined;
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    expect(await writer.commit(receipts, { size: 1000 })).toMatchObject({ proof: 'stored' });
    await store.remove(key);
  });

  it('knows its own commit again when the answer was lost', async () => {
    const { writer, receipts } = await written();
    lieTo('POST', 'uploadId', 'do it and say nothing');
    expect(await writer.commit(receipts, { size: 1000 })).toMatchObject({ proof: 'stored' });
    await store.remove(key);
  });

  it('knows it also later, when nothing was answered any more', async () => {
    const { writer, receipts } = await written();
    loseCommit();
    await expect(writer.commit(receipts, { size: 1000 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    front.choose = () => undefined;
    expect(await writer.commit(receipts, { size: 1000 })).toMatchObject({ proof: 'stored' });
    await store.remove(key);
  });

  it('takes back a commit of which it never heard, when it is told to abort', async () => {
    const { writer, receipts } = await written();
    loseCommit();
    await expect(writer.commit(receipts, { size: 1000 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    front.choose = () => undefined;
    await writer.abort();
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
  });

  it('knows an empty blob again as its own', async () => {
    const writer = await store.begin(key);
    front.choose = (method, url) =>
      method === 'PUT' && url.pathname.endsWith(key) ? 'do it and say nothing' : undefined;
    await expect(writer.commit([], { size: 0 })).rejects.toMatchObject({ code: 'unavailable' });
    front.choose = () => undefined;
    expect(await writer.commit([], { size: 0 })).toMatchObject({ size: 0 });
    await store.remove(key);
  });

  it('ends a body that breaks off with an error', async () => {
    await writeBlob(store, key, bytesOf(3_000_000));
    lieTo('GET', '', 'cut what comes back');
    await expect(readBlob(store, key)).rejects.toMatchObject({
      code: expect.stringMatching(/^(unavailable|store_failed)$/),
    });
    front.choose = () => undefined;
    await store.remove(key);
  });

  it('calls nothing missing when the answer was broken', async () => {
    lieTo('HEAD', '', 'fail');
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.begin(key)).rejects.toMatchObject({ code: 'unavailable' });
  });

  /** The server does what it is told, and nobody hears of it, or anything else afterwards. */
  it('waits for a bucket that it made and that is not to be seen yet', async () => {
    const bucket = labConfig('east', `late-${randomBytes(4).toString('hex')}`);
    const late = await openLab(bucket && { ...bucket, endpoint: front.endpoint });
    let unseen = 3;
    front.choose = (asked) => {
      if (asked === 'PUT') return undefined;
      unseen -= 1;
      return unseen >= 0 ? 'no such bucket' : undefined;
    };
    const identity = randomUUID();
    // Two answers make it create the bucket; the third is a stale one.
    await late.writeIdentity(identity);
    expect(unseen).toBeLessThan(0);
    expect(await late.readIdentity()).toBe(identity);
    await late.close();
    await dropBucket(bucket);
  });

  function loseCommit(): void {
    let isDone = false;
    front.choose = (method) => {
      if (method !== 'POST') return isDone ? 'fail' : undefined;
      isDone = true;
      return 'do it and say nothing';
    };
  }

  async function written(): Promise<{
    readonly writer: BlobWriter;
    readonly receipts: Awaited<ReturnType<typeof putAll>>;
  }> {
    const writer = await store.begin(key, { size: 1000 });
    return { writer, receipts: await putAll(writer, bytesOf(1000)) };
  }
});

describe.skipIf(config === undefined)('credentials of s3', () => {
  const canary = 'canary-of-a-secret-key';

  it.each([
    ['a wrong secret key', { secret_key: canary }, /secret key/],
    ['an unknown access key', { access_key: 'nobody', secret_key: canary }, /access key/],
    ['a wrong session token', { session_token: canary }, /./],
  ])('says what is wrong with %s, and shows none', async (_, other, message) => {
    const store = await openLab(config && { ...config, ...other });
    const failures = await Promise.allSettled([
      store.readIdentity(),
      store.open('aa/x'),
      store.begin('aa/x'),
      entriesOf(store),
    ]);
    const reasons = failures.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons[0]).toMatchObject({ message: expect.stringMatching(message) });
    const shown = inspect(reasons, { depth: 20, showHidden: true, getters: true });
    expect(shown).not.toContain(canary);
    expect(shown).not.toContain('Signature=');
    await store.close();
  });
});
