import { expect, it } from 'vitest';
import { bytesOf, entriesOf, readBlob, type Subject, writeBlob } from './subject.ts';

/** What a store that only reads does when it is told to write. */
export function refusalCases({ store, options, newKey }: Subject): void {
  it('has no identity, and takes none', async () => {
    expect(store.capabilities.marker).toBe(false);
    expect(await store.readIdentity()).toBeUndefined();
    await expect(store.writeIdentity('some-uuid')).rejects.toMatchObject({ code: 'gone' });
  });

  it('refuses every write in a word', async () => {
    const gone = { code: 'gone' };
    const key = newKey();
    await expect(writeBlob(store, key, bytesOf(10))).rejects.toMatchObject(gone);
    await expect(store.resume(key, '0'.repeat(32))).rejects.toMatchObject(gone);
    expect(store.copyFrom ?? store.describe ?? store.presign).toBeUndefined();
  });

  it('leaves blobs alone when it is told to remove them, and lists none', async () => {
    const key = newKey();
    const bytes = Buffer.from(bytesOf(10));
    await options.preload?.(key, bytes);
    await store.remove(key);
    await store.remove(newKey());
    expect((await readBlob(store, key)).equals(bytes)).toBe(true);
    expect(await entriesOf(store)).toEqual([]);
    await options.preload?.(key, undefined);
  });

  it('reads an empty blob', async () => {
    const key = newKey();
    await options.preload?.(key, bytesOf(0));
    expect((await store.stat(key)).size).toBe(0);
    expect(await readBlob(store, key)).toHaveLength(0);
    expect(await readBlob(store, key, { start: 0 })).toHaveLength(0);
    await options.preload?.(key, undefined);
  });
}
