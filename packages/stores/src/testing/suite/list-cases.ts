import type { BlobEntry } from '@parallax/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, entriesOf, type Subject, writeBlob } from './subject.ts';

/** Order, prefix and continuation of listings. */
export function listCases({ store, keyOf }: Subject): void {
  const keys = ['l', 'l-1', 'l.1', 'l0', 'l1', 'm', 'm!', '\uffee', '😀']
    .map((name) => keyOf(`list-${name}`))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const isNamed = keys.every((key) => key.startsWith(keyOf('list-')));
  beforeAll(() => Promise.all(keys.toReversed().map((key) => writeBlob(store, key, bytesOf(3)))));
  afterAll(() => Promise.all(keys.map((key) => store.remove(key))));

  /** Images as keys have no beginning of ours, so there may be others between them. */
  async function listed(after?: string): Promise<readonly BlobEntry[]> {
    const from = after === undefined ? {} : { after };
    if (isNamed) return entriesOf(store, { prefix: keyOf('list-'), ...from });
    const entries = await entriesOf(store, from);
    return entries.filter(({ key }) => keys.includes(key));
  }

  it('lists in the byte order of keys, with sizes', async () => {
    const entries = await listed();
    expect(entries.map(({ key }) => key)).toEqual(keys);
    expect(entries.every(({ size, partial }) => size === 3 && !partial)).toBe(true);
  });

  it('lists only what begins with the prefix', async () => {
    const narrow = isNamed ? keyOf('list-l') : (keys[3] ?? '').slice(0, 8);
    const entries = await entriesOf(store, { prefix: narrow });
    expect(entries.map(({ key }) => key)).toEqual(keys.filter((key) => key.startsWith(narrow)));
    expect(await entriesOf(store, { prefix: keyOf('list-nothing') })).toEqual([]);
  });

  it('goes on after any key, there or not', async () => {
    for (const after of [...keys, keyOf('list-l/'), keyOf('list-ma')]) {
      const entries = await listed(after);
      const expected = keys.filter(
        (key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
      );
      expect(entries.map(({ key }) => key)).toEqual(expected);
    }
  });

  it('stops when the reader does', async () => {
    for await (const { key } of store.list({ prefix: keys[0] ?? '' })) {
      expect(key).toBe(keys[0]);
      break;
    }
  });
}
