import { expect, it } from 'vitest';
import { bytesOf, entriesOf, readBlob, type Subject, writeBlob } from './subject.ts';

/** Copies that the cluster makes by itself. */
export function copyCases({ store, newKey }: Subject): void {
  const copy = async (key: string, url: string) => store.copyFrom?.(key, url);

  it('copies a blob that outlives its source', async () => {
    const [from, key] = [newKey(), newKey()];
    const bytes = Buffer.from(bytesOf(100_000));
    await writeBlob(store, from, bytes);
    expect(await copy(key, store.toUrl(from))).toMatchObject({ key, size: bytes.byteLength });
    await store.remove(from);
    expect((await store.stat(key)).size).toBe(bytes.byteLength);
    expect((await readBlob(store, key)).equals(bytes)).toBe(true);
    expect((await readBlob(store, key, { start: 50_000, end: 50_010 })).byteLength).toBe(10);
    await store.remove(key);
  });

  it('copies an empty blob', async () => {
    const [from, key] = [newKey(), newKey()];
    await writeBlob(store, from, bytesOf(0));
    expect(await copy(key, store.toUrl(from))).toMatchObject({ key, size: 0 });
    expect(await readBlob(store, key)).toHaveLength(0);
    for (const each of [from, key]) await store.remove(each);
  });

  it('overwrites nothing', async () => {
    const [from, key] = [newKey(), newKey()];
    const kept = bytesOf(10);
    await writeBlob(store, from, bytesOf(20));
    await writeBlob(store, key, kept);
    await expect(copy(key, store.toUrl(from))).rejects.toMatchObject({ code: 'conflict' });
    expect((await readBlob(store, key)).equals(kept)).toBe(true);
    for (const each of [from, key]) await store.remove(each);
  });

  it('leaves nothing when there is no such blob, or it is elsewhere', async () => {
    const key = newKey();
    await expect(copy(key, store.toUrl(newKey()))).rejects.toMatchObject({ code: 'not_found' });
    expect(await copy(key, 'nobody://elsewhere.invalid/x/y')).toBeUndefined();
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
  });
}
