import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { isAppError, type Store } from '@parallax/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { timeoutLayer } from '../../layers/timeout.ts';
import { labService } from '../../testing/index.ts';
import { bytesOf, entriesOf, putAll, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { type Lie, LyingFront } from './front.fixture.ts';
import { dropContainers, objectsIn, openLab } from './lab.fixture.ts';

const container = `fault-${randomUUID()}`;
const lab = labService('swift');
const isSegment = (req: IncomingMessage) => /\/[0-9a-f]{32}\/\d{6}$/.test(req.url ?? '');
const isManifest = (req: IncomingMessage) => req.url?.includes('multipart-manifest=put') === true;

describe.skipIf(lab === undefined)('swift behind a front that lies', async () => {
  const front = await LyingFront.start(new URL(lab?.['ST_AUTH'] ?? 'http://127.0.0.1').origin);
  const open = async (): Promise<Store> =>
    timeoutLayer({ stallMs: 1500 })(
      await openLab(container, {
        auth_url: `${front.origin}/auth/v1.0`,
        storage_url: `${front.origin}/v1/AUTH_test`,
      }),
    );
  const store = await open();
  const honest = await openLab(container);
  beforeAll(() => honest.writeIdentity(randomUUID()));
  beforeEach(() => {
    front.lie = undefined;
    front.tokenLife = undefined;
  });
  afterAll(async () => {
    for (const each of [store, honest]) await each.close();
    await front[Symbol.asyncDispose]();
    await dropContainers(container);
  });
  const expectNothing = async () => {
    expect(await objectsIn(`${container}_segments`)).toEqual([]);
    expect(await objectsIn(container)).toEqual(['.parallax-store']);
  };

  it.each<[string, Lie, string]>([
    ['changes a byte', { kind: 'flip', side: 'request' }, 'integrity_mismatch'],
    ['answers 500', { kind: 'status', status: 500 }, 'unavailable'],
    ['says it is full', { kind: 'status', status: 507 }, 'no_space'],
    ['says that it is too fast', { kind: 'status', status: 498 }, 'unavailable'],
    ['never answers', { kind: 'hang' }, 'stalled'],
  ])('takes no part for good when it %s', async (_, lie, code) => {
    const writer = await store.begin('aa/x');
    front.lie = (req) => (req.method === 'PUT' && isSegment(req) ? lie : undefined);
    await expect(writer.put(0, [bytesOf(100_000)])).rejects.toMatchObject({ code });
    front.lie = undefined;
    await writer.abort();
    await expectNothing();
  });

  it('commits nothing of parts that were acknowledged and thrown away', async () => {
    const writer = await store.begin('aa/x');
    front.lie = (req) => (req.method === 'PUT' && isSegment(req) ? { kind: 'swallow' } : undefined);
    const receipts = await putAll(writer, bytesOf(1000));
    front.lie = undefined;
    await expect(writer.commit(receipts, { size: 1000 })).rejects.toMatchObject({
      code: 'integrity_mismatch',
    });
    expect((await entriesOf(store)).filter(({ partial }) => !partial)).toEqual([]);
    await writer.abort();
    await expectNothing();
  });

  it.each<[string, Lie]>([
    ['thrown away', { kind: 'swallow' }],
    ['refused', { kind: 'status', status: 503 }],
    ['lost', { kind: 'hang' }],
  ])('acknowledges no blob whose manifest was %s', async (_, lie) => {
    const writer = await store.begin('aa/x');
    const receipts = await putAll(writer, bytesOf(1000));
    const controller = new AbortController();
    front.lie = (req) => {
      if (!isManifest(req)) return undefined;
      if (lie.kind === 'hang') setImmediate(() => controller.abort());
      return lie;
    };
    const { signal } = controller;
    await expect(writer.commit(receipts, { size: 1000, signal })).rejects.toSatisfy(isAppError);
    front.lie = undefined;
    await expect(store.stat('aa/x')).rejects.toMatchObject({ code: 'not_found' });
    expect(await writer.commit(receipts, { size: 1000 })).toMatchObject({ proof: 'stored' });
    await store.remove('aa/x');
    await expectNothing();
  });

  it('never ends a body clean that was cut', async () => {
    await writeBlob(honest, 'aa/y', bytesOf(300_000));
    front.lie = (req) => (req.method === 'GET' ? { kind: 'truncate' } : undefined);
    await expect(readBlob(store, 'aa/y')).rejects.toSatisfy(isAppError);
    front.lie = (req) => (req.method === 'GET' ? { kind: 'hang' } : undefined);
    await expect(readBlob(store, 'aa/y')).rejects.toMatchObject({ code: 'stalled' });
    front.lie = undefined;
    await store.remove('aa/y');
    await expectNothing();
  });

  it('renews a token that is refused in the middle of a write', async () => {
    const own = await open();
    const writer = await own.begin('aa/z');
    const before = front.tokensAsked;
    const refused = new Set<unknown>();
    // Each segment is refused once, as if its token had been revoked; tempauth gives the same one again.
    front.lie = (req) => {
      if (!isSegment(req) || req.method !== 'PUT' || refused.has(req.url)) return undefined;
      refused.add(req.url);
      return { kind: 'status', status: 401 };
    };
    const cut = writer.layout.partBytes(0);
    const bytes = Buffer.from(bytesOf(2 * cut + 10));
    const receipts = await Promise.all(
      [0, 1, 2].map((index) => writer.put(index, [bytes.subarray(index * cut, (index + 1) * cut)])),
    );
    expect(front.tokensAsked).toBeGreaterThan(before);
    expect(front.tokensAsked).toBeLessThanOrEqual(before + 3);
    await writer.commit(receipts, { size: bytes.length });
    expect((await readBlob(honest, 'aa/z')).equals(bytes)).toBe(true);
    await own.remove('aa/z');
    await own.close();
    await expectNothing();
  });

  it('asks for another token before one expires', async () => {
    front.tokenLife = 0;
    const own = await open();
    const before = front.tokensAsked;
    await expect(own.stat('aa/none')).rejects.toMatchObject({ code: 'not_found' });
    expect(front.tokensAsked).toBeGreaterThan(before);
    await own.close();
  });

  it('says that Swift refuses it, without a secret', async () => {
    const own = await open();
    front.lie = () => ({ kind: 'status', status: 401 });
    const error: unknown = await own.stat('aa/x').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'store_failed', message: /refuses the token/ });
    await own.close();
    const wrong = await openLab(container, { key: 'canary-key' });
    const refusal: unknown = await wrong.stat('aa/x').catch((reason: unknown) => reason);
    expect(refusal).toMatchObject({ code: 'unavailable', message: /refuses the credentials/ });
    const shown = inspect([error, refusal, wrong, own], { depth: null, showHidden: true });
    expect(shown).not.toMatch(/canary-key|AUTH_tk/);
    await wrong.close();
  });
});
