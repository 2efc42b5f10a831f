import { expect, it } from 'vitest';
import { bytesOf, entriesOf, leftOf, putAll, readBlob, type Subject } from './subject.ts';

/** Writes that stop half-way: given up, lost, gone on with, removed. */
export function unfinishedCases(subject: Subject): void {
  const { store, newKey } = subject;
  // The image itself as a key has one writer at a time, and a write of it that broke off begins again.
  if (store.capabilities.attemptKeys) {
    resumeCases(subject);
    severalCases(subject);
  }

  it('leaves no blob when a write is aborted half-way', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    await putAll(writer, bytesOf(100_000));
    await writer.abort();
    await writer.abort();
    expect(await entriesOf(store, { prefix: key })).toMatchObject(leftOf(store, key));
    await expect(writer.put(0, [bytesOf(1)])).rejects.toMatchObject({ code: 'store_failed' });
    await expect(writer.commit([], { size: 0 })).rejects.toMatchObject({ code: 'store_failed' });
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'not_found' });
    await store.remove(key);
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
  });

  it('does not go on with what it has forgotten', async () => {
    const forgotten = { code: 'not_found' };
    const key = newKey();
    const aborted = await store.begin(key);
    await expect(store.resume(newKey(), aborted.session)).rejects.toMatchObject(forgotten);
    await aborted.abort();
    await expect(store.resume(key, aborted.session)).rejects.toMatchObject(forgotten);
    for (const session of ['', 'x', '../../outside', '0'.repeat(32)]) {
      await expect(store.resume(key, session)).rejects.toMatchObject(forgotten);
    }
    await store.remove(key);
  });

  it('reads back what is not committed yet where it says so', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    expect(writer.readAt !== undefined).toBe(writer.layout.readablePartial);
    if (writer.readAt !== undefined) {
      const bytes = bytesOf(5000);
      await writer.put(0, [bytes]);
      const into = new Uint8Array(1000);
      expect(await writer.readAt(into, 3000)).toBe(1000);
      expect(bytes.subarray(3000, 4000)).toEqual(Buffer.from(into));
      expect(await writer.readAt(into, 4500)).toBe(500);
    }
    await writer.abort();
    await store.remove(key);
  });
}

/** Writes that another process goes on with. */
function resumeCases({ store, options, newKey }: Subject): void {
  it.each([
    ['let go of its write', true],
    ['died without a word', false],
  ] as const)('goes on where another process %s', async (_, detaches) => {
    const key = newKey();
    const first = await store.begin(key);
    const bytes = Buffer.from(bytesOf(first.layout.partBytes(0) + 999));
    const cut = first.layout.partBytes(0);
    const receipt = await first.put(0, [bytes.subarray(0, cut)]);
    await first.sync?.();
    if (detaches) await first.detach();

    const other = await options.create();
    const second = await other.resume(key, first.session);
    expect(second.session).toBe(first.session);
    const rest = await second.put(1, [bytes.subarray(cut)]);
    await second.commit([receipt, rest], { size: bytes.byteLength });
    expect((await readBlob(store, key)).equals(bytes)).toBe(true);
    await first.detach();
    await other.close();
    await store.remove(key);
  });

  it('does not go on with what was committed', async () => {
    const key = newKey();
    const committed = await store.begin(key);
    await committed.commit([], { size: 0 });
    await expect(store.resume(key, committed.session)).rejects.toMatchObject({ code: 'not_found' });
    await store.remove(key);
  });

  it('says which parts it has, and claims no others', async () => {
    const key = newKey();
    const writer = await store.begin(key);
    expect(await writer.parts()).toEqual([]);
    const receipt = await writer.put(0, [bytesOf(writer.layout.partBytes(0))]);
    expect(await writer.parts()).toMatchObject([{ index: 0, bytes: receipt.bytes }]);
    await writer.detach();
    const again = await store.resume(key, writer.session);
    const claimed = (await again.parts()).map(({ index, bytes }) => ({ index, bytes }));
    const real = [{ index: 0, bytes: receipt.bytes }];
    expect(again.layout.readablePartial ? [[], real] : [real]).toContainEqual(claimed);
    await again.abort();
  });
}

/** Several writes of one key. */
function severalCases({ store, newKey }: Subject): void {
  it('lists unfinished writes with the session that ends them', async () => {
    const key = newKey();
    const writers = [await store.begin(key), await store.begin(key)];
    for (const writer of writers) await putAll(writer, bytesOf(10));
    const entries = await entriesOf(store, { prefix: key });
    expect(entries).toMatchObject([
      { key, partial: true },
      { key, partial: true },
    ]);
    expect(new Set(entries.map((entry) => entry.session))).toEqual(
      new Set(writers.map((writer) => writer.session)),
    );
    for (const writer of writers) await writer.detach();
    for (const { session } of entries) await (await store.resume(key, session ?? '')).abort();
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
  });

  it('removes unfinished writes with their key, and no others', async () => {
    const key = newKey();
    const neighbour = `${key}.1`;
    const removed = [await store.begin(key), await store.begin(key)];
    const kept = await store.begin(neighbour);
    const receipts = await putAll(removed[0] ?? kept, bytesOf(10));
    await store.remove(key);
    expect(await entriesOf(store, { prefix: key })).toMatchObject([{ key: neighbour }]);
    await expect(removed[0]?.commit(receipts, { size: 10 })).rejects.toMatchObject({
      code: 'store_failed',
    });
    for (const writer of removed) await writer.abort();
    await kept.abort();
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
  });
}
