import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { labService } from '../../testing/index.ts';
import { bytesOf, crashPlace, type OffsetWriter, offsetsOf } from './crash.fixture.ts';
import { rbd } from './lab.fixture.ts';
import type { RbdStore } from './store.ts';

const MIB = 1024 * 1024;
const good = randomBytes(2 * MIB);
const late = randomBytes(MIB);

describe.skipIf(labService('ceph') === undefined)('a writer of rbd that is late', () => {
  const at = crashPlace();

  /** A writer whose child is stopped before it sends what is to be written second. */
  async function stopped(key: string, other?: string) {
    const store = await at.place.open();
    const writer = await begun(store, key);
    const beside = other === undefined ? undefined : await begun(store, other);
    const { pid } = at.children;
    process.kill(pid, 'SIGSTOP');
    const writing = writer.writeAt(MIB, [late]).then(
      () => 'written',
      () => 'refused',
    );
    const besides = beside?.writeAt(MIB, [good.subarray(MIB)]);
    return { store, writer, writing, beside, besides, wake: () => process.kill(pid, 'SIGCONT') };
  }

  it('changes nothing of a write that another process took over', async () => {
    const old = await stopped('taken', 'beside');
    const store = await at.place.open();
    const resumed = offsetsOf(await store.resume('taken', old.writer.session));
    await resumed.writeAt(MIB, [good.subarray(MIB)]);
    old.wake();
    expect(await old.writing).toBe('refused');
    const gone = { code: 'store_failed', message: 'another process goes on with this write' };
    await expect(old.writer.writeAt(0, [late])).rejects.toMatchObject(gone);
    await expect(old.writer.commit([], { size: good.byteLength })).rejects.toMatchObject(gone);

    await resumed.commit([], { size: good.byteLength });
    expect((await bytesOf(store, 'taken')).equals(good)).toBe(true);
    // The process itself is well: its next child is let in, and its other writes go on as if nothing had happened.
    expect((await bytesOf(old.store, 'taken')).equals(good)).toBe(true);
    await old.besides;
    await old.beside?.commit([], { size: good.byteLength });
    expect((await bytesOf(store, 'beside')).equals(good)).toBe(true);
    await store.remove('beside');
    await store.remove('taken');
    await at.place.expectNothing();
  });

  it('changes nothing of a blob that another process has published', async () => {
    const old = await stopped('published');
    const store = await at.place.open();
    const resumed = offsetsOf(await store.resume('published', old.writer.session));
    await resumed.writeAt(MIB, [good.subarray(MIB)]);
    await resumed.commit([], { size: good.byteLength });
    old.wake();
    expect(await old.writing).toBe('refused');
    expect((await bytesOf(store, 'published')).equals(good)).toBe(true);
    await store.remove('published');
    await at.place.expectNothing();
  });

  it('leaves no objects behind after its write was removed', async () => {
    const old = await stopped('removed');
    const store = await at.place.open();
    await store.remove('removed');
    old.wake();
    expect(await old.writing).toBe('refused');
    await at.place.expectNothing();
    await expect(old.writer.writeAt(0, [late])).rejects.toMatchObject({ code: 'store_failed' });
  });

  it('is not shut out when it is not ours', async () => {
    const store = await at.place.open();
    const writer = await begun(store, 'foreign');
    await writer.commit([], { size: MIB });
    const image = `images/${at.place.namespace}/foreign`;
    await rbd('lock', 'add', image, 'theirs');
    await expect(store.remove('foreign')).rejects.toMatchObject({ code: 'in_use' });
    expect((await bytesOf(store, 'foreign')).equals(good.subarray(0, MIB))).toBe(true);
    const [lock] = JSON.parse(await rbd('lock', 'ls', image, '--format', 'json'));
    await rbd('lock', 'rm', image, 'theirs', lock.locker);
    await store.remove('foreign');
    await at.place.expectNothing();
  });
});

async function begun(store: RbdStore, key: string): Promise<OffsetWriter> {
  const writer = offsetsOf(await store.begin(key));
  await writer.writeAt(0, [good.subarray(0, MIB)]);
  return writer;
}
