import { expect, it } from 'vitest';
import {
  bytesOf,
  caseIf,
  entriesOf,
  leftOf,
  putAll,
  readBlob,
  type Subject,
  writeBlob,
} from './subject.ts';

/** When a blob becomes visible, and who wins. */
export function commitCases({ store, options, newKey }: Subject): void {
  // The image itself as a key has one writer, and one that is there whole is taken as it is.
  const several = caseIf(store.capabilities.attemptKeys);

  it('shows nothing under the key before commit', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    const receipts = await putAll(writer, bytesOf(1000));
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.open(key)).rejects.toMatchObject({ code: 'not_found' });
    const before = await entriesOf(store, { prefix: key });
    expect(before.filter((entry) => !entry.partial)).toEqual([]);
    await writer.commit(receipts, { size: 1000 });
    const after = await entriesOf(store, { prefix: key });
    expect(after).toMatchObject([{ key, size: 1000, partial: false }]);
    await store.remove(key);
  });

  it.each([999, 1001])('refuses to commit another size: %s', async (size) => {
    const key = newKey();
    const writer = await store.begin(key);
    const receipts = await putAll(writer, bytesOf(1000));
    await expect(writer.commit(receipts, { size })).rejects.toMatchObject({
      code: 'integrity_mismatch',
    });
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    await writer.abort();
    expect(await entriesOf(store, { prefix: key })).toMatchObject(leftOf(store, key));
    await store.remove(key);
  });

  several('begins nothing under a key that exists', async () => {
    const key = newKey();
    await writeBlob(store, key, bytesOf(10));
    await expect(store.begin(key)).rejects.toMatchObject({ code: 'conflict' });
    expect(await entriesOf(store, { prefix: key })).toHaveLength(1);
    await store.remove(key);
  });

  several('overwrites nothing at commit', async () => {
    const key = newKey();
    const winner = bytesOf(10);
    const loser = await store.begin(key);
    const receipts = await putAll(loser, bytesOf(20));
    await writeBlob(store, key, winner);
    await expect(loser.commit(receipts, { size: 20 })).rejects.toMatchObject({ code: 'conflict' });
    await loser.abort();
    expect((await readBlob(store, key)).equals(winner)).toBe(true);
    expect(await entriesOf(store, { prefix: key })).toHaveLength(1);
    await store.remove(key);
  });

  several('lets one of two writers of a key win, whole', async () => {
    const key = newKey();
    const contents = [bytesOf(200_000), bytesOf(200_000)];
    const outcomes = await Promise.allSettled(
      contents.map(async (bytes) => {
        const writer = await store.begin(key);
        try {
          await writer.commit(await putAll(writer, bytes), { size: bytes.byteLength });
        } finally {
          await writer.abort();
        }
        return bytes;
      }),
    );
    const won = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const lost = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    if (options.atomicCommit !== false) expect(won).toHaveLength(1);
    expect(won.length).toBeGreaterThan(0);
    expect(lost.map(({ code }) => code)).toEqual(lost.map(() => 'conflict'));
    const read = await readBlob(store, key);
    expect(won.some((bytes) => read.equals(bytes))).toBe(true);
    expect(await entriesOf(store, { prefix: key })).toHaveLength(1);
    await store.remove(key);
  });

  it('keeps what is committed when the writer is aborted or detached afterwards', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    await writer.commit(await putAll(writer, bytesOf(10)), { size: 10 });
    await writer.abort();
    await writer.detach();
    expect((await store.stat(key)).size).toBe(10);
    await store.remove(key);
  });

  it('removes a blob, and nothing when there is none', async () => {
    const key = newKey();
    await writeBlob(store, key, bytesOf(10));
    await store.remove(key);
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    await store.remove(key);
    await store.remove(newKey());
  });
}
