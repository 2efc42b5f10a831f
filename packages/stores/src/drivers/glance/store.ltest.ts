import { createHash } from 'node:crypto';
import { CHUNK_BYTES, type Store } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeStore } from '../../testing/suite/describe-store.ts';
import { bytesOf, entriesOf, putAll, readBlob } from '../../testing/suite/subject.ts';
import { RevokingFront } from './front.fixture.ts';
import {
  idOf,
  LAB_CONFIG,
  LabGlance,
  openLabStore,
  subjectOf,
  withSubjects,
} from './glance.fixture.ts';

describe.skipIf(LAB_CONFIG === undefined)('a regional Glance', () => {
  const lab = new LabGlance();
  let store: Store;
  let names = 0;
  const newId = () => {
    names += 1;
    return idOf(`case ${names}`);
  };
  const digestOf = (bytes: Uint8Array) => ({
    algorithm: 'sha512',
    hex: createHash('sha512').update(bytes).digest('hex'),
  });
  const statusOf = async (id: string) => (await lab.ask('GET', `images/${id}`))['status'];

  // What a run that was killed left there carries the marker of that run: with another one it is nobody's.
  let fresh: Promise<void> | undefined;
  describeStore('glance', {
    create: async () => {
      fresh ??= lab.open().then(() => lab.forgetMarker());
      await fresh;
      return withSubjects(await openLabStore());
    },
    keyOf: idOf,
  });

  beforeAll(async () => {
    await lab.open();
    store = await openLabStore();
  });
  afterAll(async () => {
    await store.close();
    await lab.forgetMarker();
    await lab.close();
  });

  it('proves by the hash there, and shows the image as it is here', async () => {
    const id = newId();
    const bytes = bytesOf(CHUNK_BYTES + 999);
    const subject = { ...subjectOf(id, { protected: true }), members: ['2'.repeat(32)] };
    const writer = await store.begin(id, { size: bytes.byteLength, subject });
    const receipts = await putAll(writer, bytes);
    expect(await statusOf(id)).toBe('saving');
    const digest = digestOf(bytes);
    const written = await writer.commit(receipts, { size: bytes.byteLength, digest });
    expect(written.proof).toBe('stored');
    const shown = await lab.ask('GET', `images/${id}`);
    expect(shown).toMatchObject({ status: 'active', os_hash_value: digest.hex, protected: true });
    expect(shown).toMatchObject({ stores: 'fast' });
    expect(shown).toMatchObject({ owner: '1'.repeat(32), os_distro: 'debian', tags: ['one'] });
    expect(shown).not.toHaveProperty('os_glance_secret');
    const { members } = await lab.ask('GET', `images/${id}/members`);
    expect(members).toMatchObject([{ member_id: '2'.repeat(32) }]);
    expect(await entriesOf(store, { prefix: id })).toMatchObject([{ key: id, partial: false }]);

    const next = subjectOf(id, { name: 'next', properties: { 'a/b~c': '1' }, tags: ['two'] });
    await store.describe?.(id, { ...next, members: ['3'.repeat(32)] });
    const later = await lab.ask('GET', `images/${id}`);
    expect(later).toMatchObject({ name: 'next', 'a/b~c': '1', tags: ['two'], protected: false });
    expect(later).not.toHaveProperty('os_distro');
    const changed = await lab.ask('GET', `images/${id}/members`);
    expect(changed['members']).toMatchObject([{ member_id: '3'.repeat(32) }]);
    await store.describe?.(id, subjectOf(id, { protected: true }));
    await store.remove(id);
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({ code: 404 });
  });

  it.each([
    ['known', CHUNK_BYTES * 2],
    ['not known', undefined],
  ])(
    'keeps the placeholder of a write that broke off, and fills it again: size %s',
    async (_, size) => {
      const id = newId();
      const bytes = bytesOf(CHUNK_BYTES * 2);
      const subject = subjectOf(id);
      const first = await store.begin(id, { size, subject });
      await first.put(0, [bytes.subarray(0, CHUNK_BYTES)]);
      await first.abort();
      await vi.waitFor(async () => expect(await statusOf(id)).toBe('queued'), { timeout: 20_000 });
      expect(await entriesOf(store, { prefix: id })).toMatchObject([
        { key: id, partial: true, session: first.session },
      ]);
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(store.resume(id, first.session)).rejects.toMatchObject({ code: 'not_found' });
      const second = await store.begin(id, { size, subject });
      await second.commit(await putAll(second, bytes), { size: bytes.byteLength });
      expect((await readBlob(store, id)).equals(bytes)).toBe(true);
      await store.remove(id);
    },
  );

  it('has its bytes in the store of that Glance which it is told', async () => {
    const id = newId();
    const slow = await openLabStore({ backend: 'slow' });
    const bytes = bytesOf(1000);
    const writer = await slow.begin(id, { size: bytes.byteLength, subject: subjectOf(id) });
    await writer.commit(await putAll(writer, bytes), { size: bytes.byteLength });
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({
      status: 'active',
      stores: 'slow',
    });
    expect((await readBlob(slow, id)).equals(bytes)).toBe(true);
    await slow.remove(id);
    await slow.close();
  });

  it('ends a write whose token is refused after its bytes, with another token', async () => {
    await using front = await RevokingFront.start(LAB_CONFIG?.endpoint ?? '');
    const own = await openLabStore({ endpoint: front.origin });
    const id = newId();
    const bytes = bytesOf(CHUNK_BYTES + 999);
    const writer = await own.begin(id, { size: bytes.byteLength, subject: subjectOf(id) });
    const receipts = await putAll(writer, bytes);
    front.revoke();
    const digest = digestOf(bytes);
    const written = await writer.commit(receipts, { size: bytes.byteLength, digest });
    expect(written.proof).toBe('stored');
    expect(front).toMatchObject({ refused: 1, taken: { size: 1 } });
    expect((await readBlob(own, id)).equals(bytes)).toBe(true);
    await own.remove(id);
    await own.close();
  });

  it('gives a write up whose token is refused before its bytes, and makes it again with another', async () => {
    await using front = await RevokingFront.start(LAB_CONFIG?.endpoint ?? '');
    const own = await openLabStore({ endpoint: front.origin });
    const id = newId();
    const bytes = bytesOf(CHUNK_BYTES);
    const o = { size: bytes.byteLength, subject: subjectOf(id) };
    const first = await own.begin(id, o);
    front.revoke();
    const writing = putAll(first, bytes).then((receipts) => first.commit(receipts, o));
    // A code that is tried again.
    await expect(writing).rejects.toMatchObject({ code: 'store_failed' });
    await first.abort();
    const second = await own.begin(id, o);
    await second.commit(await putAll(second, bytes), o);
    // One: its token was forgotten with it.
    expect(front).toMatchObject({ refused: 1, taken: { size: 1 } });
    expect((await readBlob(own, id)).equals(bytes)).toBe(true);
    await own.remove(id);
    await own.close();
  });

  it('gives a PUT up in the middle when the caller does', async () => {
    const id = newId();
    const caller = new AbortController();
    const writer = await store.begin(id, { size: 64 * CHUNK_BYTES, subject: subjectOf(id) });
    const chunk = bytesOf(CHUNK_BYTES);
    const writing = (async () => {
      for (let index = 0; ; index += 1) {
        await writer.put(index, [chunk], { signal: caller.signal });
        if (index === 1) caller.abort();
      }
    })();
    await expect(writing).rejects.toMatchObject({ code: 'cancelled' });
    await writer.abort();
    await vi.waitFor(async () => expect(await statusOf(id)).toBe('queued'), { timeout: 20_000 });
    await store.remove(id);
  });

  it('neither changes nor removes an image that is not ours', async () => {
    const id = newId();
    await lab.make({ id, name: 'parallax foreign', disk_format: 'raw', container_format: 'bare' });
    await expect(store.begin(id, { subject: subjectOf(id) })).rejects.toMatchObject({
      code: 'conflict',
      context: {},
    });
    await expect(store.describe?.(id, subjectOf(id))).rejects.toMatchObject({ code: 'not_found' });
    await store.remove(id);
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({ name: 'parallax foreign' });
    await lab.ask('DELETE', `images/${id}`);
  });

  it.each([999, 1001])('lets nothing become active with another size: %s', async (size) => {
    const id = newId();
    const writer = await store.begin(id, { size: 1000, subject: subjectOf(id) });
    const receipts = await putAll(writer, bytesOf(1000));
    await expect(writer.commit(receipts, { size })).rejects.toMatchObject({
      code: 'integrity_mismatch',
    });
    await vi.waitFor(async () => expect(await statusOf(id)).toBe('queued'), { timeout: 20_000 });
    await store.remove(id);
  });

  it('withdraws bytes whose hash there is another, and says then that the id is burned', async () => {
    const id = newId();
    const writer = await store.begin(id, { size: 10, subject: subjectOf(id) });
    const receipts = await putAll(writer, bytesOf(10));
    const digest = digestOf(bytesOf(10));
    await expect(writer.commit(receipts, { size: 10, digest })).rejects.toMatchObject({
      code: 'integrity_mismatch',
    });
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({ code: 404 });
    await expect(store.begin(id, { subject: subjectOf(id) })).rejects.toMatchObject({
      code: 'conflict',
      context: { reason: 'id_burned' },
    });
  });

  it('goes on with a write whose bytes had all arrived, known by its session or not', async () => {
    const id = newId();
    const bytes = bytesOf(1000);
    const digest = digestOf(bytes);
    const hashed = { osHashAlgo: digest.algorithm, osHashValue: digest.hex };
    const writer = await store.begin(id, { size: 1000, subject: subjectOf(id) });
    await writer.commit(await putAll(writer, bytes), { size: 1000 });
    const again = await store.resume(id, writer.session);
    expect(await again.commit([], { size: 1000, digest })).toMatchObject({ proof: 'stored' });
    const renamed = subjectOf(id, { ...hashed, name: 'renamed', protected: true });
    const taken = await store.begin(id, { size: 1000, subject: renamed });
    expect(taken.session).toBe(writer.session);
    const receipts = await putAll(taken, bytes);
    expect(await taken.commit(receipts, { size: 1000, digest })).toMatchObject({ proof: 'stored' });
    expect((await readBlob(store, id)).equals(Buffer.from(bytes))).toBe(true);
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({ name: 'renamed' });
    const other = { ...hashed, osHashValue: digestOf(bytesOf(1)).hex };
    await expect(store.begin(id, { subject: subjectOf(id, other) })).rejects.toMatchObject({
      code: 'conflict',
      context: { reason: 'id_burned' },
    });
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({ code: 404 });
  });

  it('says that the image is in use while another write of it goes on', async () => {
    const id = newId();
    const subject = subjectOf(id);
    const writer = await store.begin(id, { size: 2 * CHUNK_BYTES, subject });
    await writer.put(0, [bytesOf(CHUNK_BYTES)]);
    await vi.waitFor(async () => expect(await statusOf(id)).toBe('saving'), { timeout: 20_000 });
    await expect(store.begin(id, { subject })).rejects.toMatchObject({ code: 'in_use' });
    await writer.abort();
    await vi.waitFor(async () => expect(await statusOf(id)).toBe('queued'), { timeout: 20_000 });
    await store.remove(id);
  });

  it('keeps people there from the bytes while they are kept from them here, and maps owners', async () => {
    const id = newId();
    const mapped = await openLabStore({ owner_map: { ['1'.repeat(32)]: '8'.repeat(32) } });
    const writer = await mapped.begin(id, { size: 10, subject: subjectOf(id) });
    await writer.commit(await putAll(writer, bytesOf(10)), { size: 10 });
    await mapped.describe?.(id, subjectOf(id, { status: 'deactivated' }));
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({
      status: 'deactivated',
      owner: '8'.repeat(32),
    });
    expect((await mapped.stat(id)).size).toBe(10);
    await mapped.describe?.(id, subjectOf(id, { owner: '7'.repeat(32) }));
    expect(await lab.ask('GET', `images/${id}`)).toMatchObject({
      status: 'active',
      owner: '7'.repeat(32),
    });
    await mapped.remove(id);
    await mapped.close();
  });
});
