import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CatalogFixture,
  EVERYTHING,
  newImage,
  openFixture,
  outcomes,
} from './catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

/** As if `seconds` had gone by on the database's clock, for the leases of this image. */
async function pass(id: string, seconds: number): Promise<void> {
  await fixture.sql`UPDATE image SET lease_until = lease_until - ${seconds} * interval '1 second',
    reconcile_at = reconcile_at - ${seconds} * interval '1 second' WHERE id = ${id}`;
}

async function taken(owner = 'gw') {
  const { catalog } = fixture;
  const { id } = await catalog.images.insert(newImage());
  const { fence } = await catalog.images.takeForWriting(id, ['queued'], 'saving', {
    owner,
    ms: 30_000,
  });
  return { id, fence, lease: { owner, fence } };
}

describe('the right to write an image', () => {
  it('goes to one of those who ask at once', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    const asks = Array.from({ length: 8 }, (_, n) =>
      catalog.images.takeForWriting(id, ['queued'], 'saving', { owner: `gw-${n}`, ms: 30_000 }),
    );
    const { ok, codes } = await outcomes(asks);
    expect({ ok, codes: new Set(codes) }).toEqual({ ok: 1, codes: new Set(['conflict']) });
  });

  it('is kept by its fence and owner only', async () => {
    const { catalog } = fixture;
    const { id, lease } = await taken();
    expect(await catalog.images.renew(id, lease, 30_000)).toBe(true);
    expect(await catalog.images.renew(id, { ...lease, fence: lease.fence - 1 }, 30_000)).toBe(
      false,
    );
    expect(await catalog.images.renew(id, { ...lease, owner: 'other' }, 30_000)).toBe(false);
  });

  it('is taken back when its lease has ended by the database’s clock, and not before', async () => {
    const { catalog } = fixture;
    const { id, lease } = await taken();
    await pass(id, 29);
    expect(await catalog.images.reap()).not.toContain(id);
    await pass(id, 2);
    expect(await catalog.images.reap()).toContain(id);
    expect(await catalog.images.get(id, EVERYTHING)).toMatchObject({
      status: 'queued',
      size: null,
    });
    expect(await catalog.images.renew(id, lease, 30_000)).toBe(false);
  });

  it('that was lost cannot be given back in another’s name', async () => {
    const { catalog } = fixture;
    const { id, fence } = await taken('first');
    await pass(id, 31);
    await catalog.images.reap();
    const second = await catalog.images.takeForWriting(id, ['queued'], 'saving', {
      owner: 'second',
      ms: 30_000,
    });
    expect(second.fence).toBe(fence + 1);
    await catalog.images.release(id, fence);
    expect(await catalog.images.get(id, EVERYTHING)).toMatchObject({ status: 'saving' });
    await catalog.images.release(id, second.fence);
    expect(await catalog.images.get(id, EVERYTHING)).toMatchObject({ status: 'queued' });
  });

  it('cannot be held without a lease', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    await expect(catalog.images.transition(id, ['queued'], 'saving')).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('looking at an image’s policies', () => {
  it('is claimed by one, and again when that one did not come back', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    expect(await catalog.images.claimReconcile(id, 30_000)).toBeUndefined();
    await catalog.images.reconcileIn(id, 0);
    const claims = await Promise.all(
      Array.from({ length: 6 }, () => catalog.images.claimReconcile(id, 30_000)),
    );
    expect(claims.filter((token) => token !== undefined)).toHaveLength(1);
    await pass(id, 31);
    expect(await catalog.images.claimReconcile(id, 30_000)).toBeDefined();
  });

  it('ends the timer unless the image was asked for anew', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    await catalog.images.reconcileIn(id, 0);
    const token = (await catalog.images.claimReconcile(id, 30_000)) ?? '';
    await catalog.images.reconcileIn(id, 60_000);
    await catalog.images.reconciled(id, token);
    await pass(id, 31);
    expect(await catalog.images.dueForReconcile(1_000)).toContain(id);
    const again = (await catalog.images.claimReconcile(id, 30_000)) ?? '';
    await catalog.images.reconciled(id, again);
    await pass(id, 3_600);
    expect(await catalog.images.dueForReconcile(1_000)).not.toContain(id);
  });

  it('can be asked for all active images', async () => {
    const { catalog, sql } = fixture;
    const { id } = await catalog.images.insert(newImage());
    const queued = await catalog.images.insert(newImage());
    await sql`UPDATE image SET status = 'active' WHERE id = ${id}`;
    await catalog.images.reconcileAll();
    const due = await catalog.images.dueForReconcile(1_000);
    expect(due).toContain(id);
    expect(due).not.toContain(queued.id);
  });
});
