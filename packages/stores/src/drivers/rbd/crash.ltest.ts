import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RbdCall } from '../../ceph/protocol.ts';
import { labService } from '../../testing/index.ts';
import { bytesOf, crashPlace, type Moment, offsetsOf } from './crash.fixture.ts';
import type { RbdStore } from './store.ts';

const MIB = 1024 * 1024;
const parts = [randomBytes(MIB), randomBytes(MIB), randomBytes(1000)] as const;
const large = randomBytes(5 * MIB);
const whole = Buffer.concat(parts);
const size = whole.byteLength;
const small = randomBytes(5000);

describe.skipIf(labService('ceph') === undefined)('a child of rbd that is killed', () => {
  const at = crashPlace();

  async function stored(store: RbdStore, key: string, bytes: Uint8Array): Promise<void> {
    const writer = await store.begin(key, { size: bytes.byteLength });
    await writer.put(0, [bytes]);
    await writer.commit([], { size: bytes.byteLength });
  }

  it('fails the reads under way, and the next ones go to another', async () => {
    const store = await at.place.open();
    await stored(store, 'read', large);
    const blob = await store.openAt('read');
    const { body } = await store.open('read');
    const before = at.children.pid;
    at.children.killAt('read', 'during', 3);
    await expect(body.toArray()).rejects.toMatchObject({ code: 'unavailable' });

    const into = Buffer.alloc(large.byteLength);
    expect(await blob.read(into, 0)).toBe(large.byteLength);
    expect(into.equals(large)).toBe(true);
    await blob.close();
    expect(at.children.pid).not.toBe(before);
    expect((await bytesOf(store, 'read')).equals(large)).toBe(true);
    await store.remove('read');
    await at.place.expectNothing();
  });

  it('loses nothing of a write that was acknowledged, and the writer goes on', async () => {
    const store = await at.place.open();
    const writer = offsetsOf(await store.begin('write'));
    await writer.writeAt(0, [parts[0]]);
    at.children.killAt('write', 'during');
    const other = store.list({ prefix: 'write' })[Symbol.asyncIterator]();
    await expect(writer.writeAt(MIB, [parts[1]])).rejects.toMatchObject({ code: 'unavailable' });
    expect((await other.next()).value).toMatchObject({ partial: true });
    await writer.writeAt(MIB, [parts[1]]);
    await writer.writeAt(2 * MIB, [parts[2]]);
    await writer.commit([], { size });
    expect((await bytesOf(store, 'write')).equals(whole)).toBe(true);
    await store.remove('write');
    await at.place.expectNothing();
  });

  it('leaves a write that another process ends from the durable offset on', async () => {
    const store = await at.place.open();
    const writer = offsetsOf(await store.begin('resume', { size }));
    await writer.writeAt(0, [parts[0]]);
    at.children.killAt('write', 'during');
    await expect(writer.writeAt(MIB, [parts[1]])).rejects.toMatchObject({ code: 'unavailable' });

    const second = await at.place.open();
    const resumed = offsetsOf(await second.resume('resume', writer.session));
    await resumed.writeAt(MIB, [parts[1]]);
    await resumed.writeAt(2 * MIB, [parts[2]]);
    await resumed.commit([], { size });
    expect((await bytesOf(second, 'resume')).equals(whole)).toBe(true);
    await second.remove('resume');
    await at.place.expectNothing();
  });

  it('leaves nothing when the write is aborted', async () => {
    const store = await at.place.open();
    const writer = offsetsOf(await store.begin('abort'));
    await writer.writeAt(0, [parts[0]]);
    at.children.killAt('write', 'during');
    await expect(writer.writeAt(MIB, [parts[1]])).rejects.toMatchObject({ code: 'unavailable' });
    await writer.abort();
    await at.place.expectNothing();
  });

  const commits: readonly (readonly [RbdCall, Moment])[] = [
    ['flush', 'before'],
    ['snapshotCreate', 'before'],
    ['snapshotProtect', 'before'],
    ['rename', 'before'],
  ];
  it.each(commits)(
    'leaves an unfinished write when it is in a commit, at %s (%s)',
    async (call, moment) => {
      const store = await at.place.open();
      const writer = await store.begin('commit', { size: small.byteLength });
      await writer.put(0, [small]);
      at.children.killAt(call, moment);
      const committing = writer.commit([], { size: small.byteLength });
      await expect(committing).rejects.toMatchObject({ code: 'unavailable' });
      await expect(store.stat('commit')).rejects.toMatchObject({ code: 'not_found' });

      const second = await at.place.open();
      const resumed = await second.resume('commit', writer.session);
      await resumed.commit([], { size: small.byteLength });
      expect((await bytesOf(second, 'commit')).equals(small)).toBe(true);
      await second.remove('commit');
      await at.place.expectNothing();
    },
  );

  it('has committed when only the answer was lost', async () => {
    const store = await at.place.open();
    at.children.killAt('rename', 'after');
    await stored(store, 'late', small);
    expect(at.children.isSprung).toBe(true);
    expect((await bytesOf(store, 'late')).equals(small)).toBe(true);
    await store.remove('late');
    await at.place.expectNothing();
  });

  const removals: readonly (readonly [RbdCall, Moment])[] = [
    ['rename', 'before'],
    ['rename', 'after'],
    ['snapshotUnprotect', 'after'],
    ['snapshotRemove', 'during'],
    ['close', 'before'],
    ['remove', 'during'],
  ];
  it.each(removals)(
    'leaves what the next removal takes when it is in one, at %s (%s)',
    async (call, moment) => {
      const store = await at.place.open();
      await stored(store, 'remove', small);
      at.children.killAt(call, moment);
      await store.remove('remove').catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'unavailable' });
      });
      expect(at.children.isSprung).toBe(true);
      await store.remove('remove');
      await at.place.expectNothing();
    },
  );
});
