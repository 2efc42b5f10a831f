import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { bytesOf, caseIf, entriesOf, type Subject } from './subject.ts';

/** The marker: which place this is, and whether it is there at all. */
export function identityCases({ store, options, newKey }: Subject): void {
  caseIf(store.capabilities.marker)('keeps its identity, and takes no other', async () => {
    const uuid = await store.readIdentity();
    await store.writeIdentity(uuid ?? '');
    await expect(store.writeIdentity(randomUUID())).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.readIdentity()).toBe(uuid);
    const other = await options.create();
    expect(await other.readIdentity()).toBe(uuid);
    await other.close();
  });

  caseIf(options.createMissing)('makes a missing place for its identity only', async () => {
    const missing = await options.createMissing?.();
    if (missing === undefined) return;
    const unavailable = { code: 'unavailable' };
    const key = newKey();
    await expect(missing.readIdentity()).rejects.toMatchObject(unavailable);
    await expect(missing.begin(key)).rejects.toMatchObject(unavailable);
    await expect(missing.resume(key, '0'.repeat(32))).rejects.toMatchObject(unavailable);
    await expect(missing.stat(key)).rejects.toMatchObject(unavailable);
    await expect(missing.open(key)).rejects.toMatchObject(unavailable);
    await expect(missing.remove(key)).rejects.toMatchObject(unavailable);
    await expect(entriesOf(missing)).rejects.toMatchObject(unavailable);
    await expect(missing.readIdentity()).rejects.toMatchObject(unavailable);

    const uuid = randomUUID();
    await Promise.all([missing.writeIdentity(uuid), missing.writeIdentity(uuid)]);
    expect(await missing.readIdentity()).toBe(uuid);
    expect(await entriesOf(missing)).toEqual([]);
    const writer = await missing.begin(key);
    await writer.put(0, [bytesOf(1)]);
    await writer.abort();
    await missing.close();
  });

  it('tells how much is free where it can', async () => {
    const free = await store.freeBytes?.();
    expect(free ?? 0).toBeGreaterThanOrEqual(0);
  });
}
