import { expect, it } from 'vitest';
import { bytesOf, caseIf, putAll, readBlob, type Subject, writeBlob } from './subject.ts';

/** What is written comes back, under any key. */
export function contentCases({ store, newKey, keyOf }: Subject): void {
  it('keeps an empty blob', async () => {
    const key = newKey();
    await writeBlob(store, key, bytesOf(0));
    expect((await store.stat(key)).size).toBe(0);
    expect(await readBlob(store, key, { start: 0 })).toHaveLength(0);
    await store.remove(key);
  });

  it('gives back every byte of a blob of several parts', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    const bytes = bytesOf(writer.layout.partBytes(0) + 12_345);
    const written = await writer.commit(await putAll(writer, bytes), { size: bytes.byteLength });
    expect(written).toMatchObject({ key, size: bytes.byteLength });
    expect(await store.stat(key)).toMatchObject({ size: bytes.byteLength });
    expect((await readBlob(store, key)).equals(bytes)).toBe(true);
    await store.remove(key);
  });

  it('takes parts in any order where it says so', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    const first = bytesOf(writer.layout.partBytes(0));
    const last = bytesOf(77);
    const order = writer.layout.order === 'any' ? ([1, 0] as const) : ([0, 1] as const);
    const receipts = [];
    for (const index of order) receipts.push(await writer.put(index, [index === 0 ? first : last]));
    receipts.sort((a, b) => a.index - b.index);
    await writer.commit(receipts, { size: first.byteLength + last.byteLength });
    expect((await readBlob(store, key)).equals(Buffer.concat([first, last]))).toBe(true);
    await store.remove(key);
  });

  it('takes a part in pieces, also from shared memory', async () => {
    const key = newKey();
    const shared = new Uint8Array(new SharedArrayBuffer(1000));
    shared.set(bytesOf(1000));
    const pieces = [shared.subarray(0, 300), bytesOf(5), bytesOf(0), shared.subarray(300)];
    const writer = await store.begin(key);
    const receipt = await writer.put(0, pieces);
    await writer.commit([receipt], { size: 1005 });
    expect((await readBlob(store, key)).equals(Buffer.concat(pieces))).toBe(true);
    await store.remove(key);
  });

  it('keeps keys that are not ASCII apart and as they are', async () => {
    const keys = ['snö ☃ 😀', 'sno\u0308', 'a%41+b&c?d#e', 'quote\'d"\\'].map(keyOf);
    const bytes = new TextEncoder();
    await Promise.all(keys.map((key) => writeBlob(store, key, bytes.encode(key))));
    for (const key of keys) expect((await readBlob(store, key)).toString()).toBe(key);
    await Promise.all(keys.map((key) => store.remove(key)));
  });

  caseIf(store.capabilities.storedDigest)('compares its digests of parts with ours', async () => {
    const key = newKey();
    const bytes = bytesOf(1000);
    const writer = await store.begin(key);
    const [receipt] = await putAll(writer, bytes);
    if (receipt === undefined) throw new Error('no receipt');
    const wrong = { ...receipt, etag: `"${'0'.repeat(32)}"`, digest: '0'.repeat(32) };
    await expect(writer.commit([wrong], { size: 1000 })).rejects.toMatchObject({
      code: 'integrity_mismatch',
    });
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    const written = await writer.commit([receipt], { size: 1000 });
    expect(written.proof).toBe('stored');
    await store.remove(key);
  });
}
