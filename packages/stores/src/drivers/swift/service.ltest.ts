import { createHash, randomUUID } from 'node:crypto';
import type { BlobSubject } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labService } from '../../testing/index.ts';
import { bytesOf, entriesOf, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { dropContainers, labClient, labConfig, objectsIn, openLab } from './lab.fixture.ts';
import { findObject } from './objects.ts';

const container = `service-${randomUUID()}`;
const segments = `${container}_segments`;

describe.skipIf(labService('swift') === undefined)('what swift does itself', async () => {
  const key = 'temp-url-key-canary';
  const store = await openLab(container, { temp_url: true, temp_url_key: key });
  const other = await openLab(`${container}-other`);
  const client = await labClient();
  beforeAll(async () => {
    await store.writeIdentity(randomUUID());
    await other.writeIdentity(randomUUID());
    const headers = { 'x-account-meta-temp-url-key-2': key };
    await client.ask({ method: 'POST', headers }, 'setting a key', [204]);
  });
  afterAll(async () => {
    const headers = { 'x-remove-account-meta-temp-url-key-2': 'x' };
    await client.ask({ method: 'POST', headers }, 'removing a key', [204]);
    for (const each of [store, other, client]) await each.close();
    await dropContainers(container);
  });

  it('copies segment by segment, and keeps the copy when its source goes', async () => {
    const writer = await store.begin('source', { size: 9_000_000 });
    const bytes = Buffer.from(bytesOf(9_000_000));
    const cut = writer.layout.partBytes(0);
    const receipts = [
      await writer.put(0, [bytes.subarray(0, cut)]),
      await writer.put(1, [bytes.subarray(cut)]),
    ];
    await writer.commit(receipts, { size: bytes.length });
    const written = await other.copyFrom?.('copy', store.toUrl('source'));
    expect(written).toEqual({ key: 'copy', size: bytes.length, proof: 'stored' });
    await store.remove('source');
    expect((await readBlob(other, 'copy')).equals(bytes)).toBe(true);
    await expect(other.copyFrom?.('copy', store.toUrl('source'))).rejects.toMatchObject({
      code: 'not_found',
    });
    await other.remove('copy');
    expect(await objectsIn(`${container}-other_segments`)).toEqual([]);
  });

  it('copies nothing from elsewhere or from where it may not read', async () => {
    const elsewhere = 'swift+https://elsewhere.invalid/v1/AUTH_test/c/o';
    expect(await store.copyFrom?.('copy', elsewhere)).toBeUndefined();
    const foreign = store.toUrl('x').replace('AUTH_test', 'AUTH_west');
    expect(await store.copyFrom?.('copy', foreign)).toBeUndefined();
    expect(await entriesOf(store)).toEqual([]);
  });

  it('lets readers in by a temporary URL, and no further', async () => {
    const bytes = Buffer.from(bytesOf(1000));
    await writeBlob(store, 'snö ☃', bytes);
    const url = await store.presign?.('snö ☃', 60);
    const answer = await fetch(url ?? '');
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    expect(url?.href).not.toContain(key);
    const altered = new URL(url ?? '');
    altered.pathname = altered.pathname.replace(/[^/]*$/, '.parallax-store');
    expect((await fetch(altered)).status).toBe(401);
    const bare = new URL(url?.pathname ?? '', url?.origin);
    const container = new URL(bare.pathname.replace(/\/[^/]*$/, ''), bare.origin);
    for (const nobody of [bare, container]) expect((await fetch(nobody)).status).toBe(401);
    await store.remove('snö ☃');
  });

  it('removes large objects of Glance with their segments', async () => {
    const put = (object: string, headers: Record<string, string>, body = 'abc') =>
      client.ask({ method: 'PUT', at: { container, object }, headers, body }, 'put', [201]);
    await put('dlo-00001', {});
    await put('dlo-00002', {});
    await put('dlo', { 'x-object-manifest': `${container}/dlo-` }, '');
    expect((await store.stat('dlo')).size).toBe(6);
    await store.remove('dlo');
    expect(await objectsIn(container)).toEqual(['.parallax-store']);
  });

  it("refuses a part that Swift finds changed, by Swift's own digest", async () => {
    const at = { container: segments, object: 'x' };
    const headers = { etag: createHash('md5').update('other').digest('hex') };
    const changed = client.ask({ method: 'PUT', at, headers, body: 'bytes' }, 'put', [201]);
    await expect(changed).rejects.toMatchObject({ code: 'integrity_mismatch' });
    expect(await findObject(client, at)).toBeUndefined();
  });
});

describe.skipIf(labService('swift') === undefined)('swift with accounts of owners', async () => {
  const reseller = { user: 'admin:admin', key: 'admin' } as const;
  const multi = { ...reseller, multi_tenant: true, admin_tenants: ['ops'] };
  const store = await openLab(`${container}-multi`, multi);
  const member = await labClient({ user: 'west:tester' });
  beforeAll(() => store.writeIdentity(randomUUID()));
  afterAll(async () => {
    await store.close();
    await member.close();
    await dropContainers(`${container}-multi`, labConfig('unused', reseller));
  });

  it("keeps blobs in their owner's account, and opens them to members", async () => {
    const bytes = Buffer.from(bytesOf(1000));
    await writeBlob(store, 'test/image.1', bytes);
    expect(await entriesOf(store)).toMatchObject([{ key: 'test/image.1', size: 1000 }]);
    expect(store.fromUrl(store.toUrl('test/image.1'))).toBe('test/image.1');
    const blob = { container: `${container}-multi_image.1`, object: 'image.1' };
    const at = { account: 'AUTH_test', ...blob };
    const statusFor = async () => {
      const answer = await member.send({ method: 'GET', at });
      await member.end(answer);
      return answer.status;
    };
    expect(await statusFor()).toBe(403);
    await store.describe?.('test/image.1', subject('shared', ['west']));
    expect(await statusFor()).toBe(200);
    await store.describe?.('test/image.1', subject('private', ['west']));
    expect(await statusFor()).toBe(403);
    await store.describe?.('test/image.1', subject('public', []));
    expect(await statusFor()).toBe(200);
    expect((await readBlob(store, 'test/image.1')).equals(bytes)).toBe(true);
    await store.remove('test/image.1');
    expect(await entriesOf(store)).toEqual([]);
    const owner = await labClient();
    const gone = owner.send({ method: 'HEAD', at: { container: blob.container } });
    expect((await gone).status).toBe(404);
    await owner.close();
  });
});

function subject(
  visibility: 'shared' | 'private' | 'public',
  members: readonly string[],
): BlobSubject {
  // The list looks at nothing else of the image.
  return { image: { visibility } as BlobSubject['image'], members };
}
