import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, entriesOf, type Subject, writeBlob } from './subject.ts';

/** Order, prefix and continuation of listings. */
export function listCases({ store, keyOf }: Subject): void {
  const keys = ['l', 'l-1', 'l.1', 'l0', 'l1', 'm', 'm!', '\uffee', '😀']
    .map((name) => keyOf(`list-${name}`))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const prefix = keyOf('list-');
  beforeAll(() => Promise.all(keys.toReversed().map((key) => writeBlob(store, key, bytesOf(3)))));
  afterAll(() => Promise.all(keys.map((key) => store.remove(key))));

  it('lists in the byte order of keys, with sizes', async () => {
    const entries = await entriesOf(store, { prefix });
    expect(entries.map(({ key }) => key)).toEqual(keys);
    expect(entries.every(({ size, partial }) => size === 3 && !partial)).toBe(true);
  });

  it('lists only what begins with the prefix', async () => {
    const narrow = keyOf('list-l');
    const entries = await entriesOf(store, { prefix: narrow });
    expect(entries.map(({ key }) => key)).toEqual(keys.filter((key) => key.startsWith(narrow)));
    expect(await entriesOf(store, { prefix: keyOf('list-nothing') })).toEqual([]);
  });

  it('goes on after any key, there or not', async () => {
    for (const after of [...keys, keyOf('list-l/'), keyOf('list-ma')]) {
      const entries = await entriesOf(store, { prefix, after });
      const expected = keys.filter(
        (key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
      );
      expect(entries.map(({ key }) => key)).toEqual(expected);
    }
  });

  it('stops when the reader does', async () => {
    for await (const { key } of store.list({ prefix })) {
      expect(key).toBe(keys[0]);
      break;
    }
  });
}
