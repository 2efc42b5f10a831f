import { expect, it } from 'vitest';
import type { Subject } from './subject.ts';

const HOSTILE_KEYS = [
  ['empty', ''],
  ['absolute', '/etc/passwd'],
  ['a parent folder', '../outside'],
  ['a parent folder in the middle', 'aa/../../outside'],
  ['only dots', '..'],
  ['a NUL', 'aa/a\0b'],
  ['half a surrogate pair', 'aa/\ud800'],
  ['too long', `aa/${'x'.repeat(5000)}`],
] as const;

/** Which keys there are, and their URLs. */
export function keyCases({ store, options, newKey, keyOf }: Subject): void {
  it.each(HOSTILE_KEYS)('refuses a key that is hostile: %s', async (_, key) => {
    const refusal = { code: 'invalid_request' };
    await expect(store.stat(key)).rejects.toMatchObject(refusal);
    await expect(store.open(key)).rejects.toMatchObject(refusal);
    await expect(store.begin(key)).rejects.toMatchObject(refusal);
    await expect(store.resume(key, 'session')).rejects.toMatchObject(refusal);
    await expect(store.remove(key)).rejects.toMatchObject(refusal);
    expect(() => store.toUrl(key)).toThrow(expect.objectContaining(refusal));
  });

  it('names a blob by a URL without credentials, and knows its own', () => {
    for (const key of [newKey(), keyOf('snö ☃ a%41+b&c?d#e')]) {
      const url = new URL(store.toUrl(key));
      expect(url.username + url.password).toBe('');
      expect(store.fromUrl(url.href)).toBe(key);
    }
    for (const url of ['', 'no url', 'nobody://host/x', 'file:///']) {
      expect(store.fromUrl(url)).toBeUndefined();
    }
    // A read-only store may well be one that reads whatever URL there is.
    if (options.preload === undefined) {
      expect(store.fromUrl('https://elsewhere.invalid/x')).toBeUndefined();
    }
  });
}
