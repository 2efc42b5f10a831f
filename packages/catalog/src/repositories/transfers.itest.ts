import type { NewTransfer } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CatalogFixture,
  defineStores,
  openFixture,
  outcomes,
  publishImage,
} from './catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
  await defineStores(fixture.catalog, 'east-1', 'west-1');
});
afterAll(() => fixture.close());

async function request(more: Partial<NewTransfer> = {}) {
  const { id } = await publishImage(fixture.catalog, ['east-1']);
  return fixture.catalog.transfers.request({
    imageId: id,
    storeId: 'west-1',
    askedBy: 'policy',
    class: 'policy',
    ...more,
  });
}
async function pass(id: number, seconds: number): Promise<void> {
  await fixture.sql`UPDATE transfer SET due_at = due_at - ${seconds} * interval '1 second',
    lease_until = lease_until - ${seconds} * interval '1 second' WHERE id = ${id}`;
}
async function held(owner = 'w1') {
  const { id } = await request();
  const transfer = await fixture.catalog.transfers.claim(id, owner, 30_000);
  return { id, imageId: transfer?.imageId ?? '', lease: { owner, fence: transfer?.fence ?? -1 } };
}

describe('a request', () => {
  it('joins the live transfer of its image and store, and can only make it more urgent', async () => {
    const { catalog, sql } = fixture;
    const first = await request({ trace: '00-a' });
    expect(first).toMatchObject({ state: 'queued', bytesTotal: 3, trace: '00-a' });
    const { imageId, storeId } = first;
    const joined = await catalog.transfers.request({
      imageId,
      storeId,
      askedBy: 'request',
      class: 'interactive',
      taskId: 't',
    });
    expect(joined).toMatchObject({
      id: first.id,
      askedBy: 'request',
      class: 'interactive',
      taskId: 't',
    });
    const again = await catalog.transfers.request({
      imageId,
      storeId,
      askedBy: 'policy',
      class: 'scrub',
    });
    expect(again).toMatchObject({
      id: first.id,
      askedBy: 'request',
      class: 'interactive',
      taskId: 't',
    });
    const [row] =
      await sql`SELECT count(*)::int AS n FROM event WHERE type = 'transfer.queued' AND image_id = ${imageId}`;
    expect(row).toEqual({ n: 1 });
  });

  it('makes one row however many ask at once', async () => {
    const { id } = await publishImage(fixture.catalog, ['east-1']);
    const ask = { imageId: id, storeId: 'west-1', askedBy: 'policy', class: 'policy' } as const;
    const rows = await Promise.all(
      Array.from({ length: 8 }, () => fixture.catalog.transfers.request(ask)),
    );
    expect(new Set(rows.map((row) => row.id)).size).toBe(1);
  });

  it('makes a new row when the last transfer has ended', async () => {
    const { catalog } = fixture;
    const first = await request();
    await catalog.transfers.cancel(first.id);
    const { imageId, storeId } = first;
    const second = await catalog.transfers.request({
      imageId,
      storeId,
      askedBy: 'policy',
      class: 'policy',
    });
    expect(second.id).toBeGreaterThan(first.id);
    expect((await catalog.transfers.list({ imageId, limit: 10 })).map(({ id }) => id)).toEqual([
      second.id,
      first.id,
    ]);
    expect(
      (await catalog.transfers.list({ imageId, live: true, limit: 10 })).map(({ id }) => id),
    ).toEqual([second.id]);
    expect(
      await catalog.transfers.list({ imageId, live: false, storeId, after: first.id, limit: 10 }),
    ).toEqual([]);
  });
});

describe('a claim', () => {
  it('is one worker’s, until its lease ends by the database’s clock', async () => {
    const { catalog } = fixture;
    const { id } = await request();
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd'].map((w) => catalog.transfers.claim(id, w, 30_000)),
    );
    const won = claims.filter((claim) => claim !== undefined);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({
      state: 'running',
      fence: 1,
      attempts: 1,
      startedAt: expect.any(Date),
    });
    expect((await catalog.transfers.due(['west-1'], 100)).map((t) => t.id)).not.toContain(id);
    await pass(id, 31);
    expect((await catalog.transfers.due(['west-1'], 100)).map((t) => t.id)).toContain(id);
    expect(await catalog.transfers.claim(id, 'e', 30_000)).toMatchObject({ fence: 2, attempts: 2 });
  });

  it('comes in the order of urgency', async () => {
    const { catalog } = fixture;
    const scrub = await request({ class: 'scrub' });
    const urgent = await request({ class: 'interactive' });
    const due = (await catalog.transfers.due(['west-1'], 1_000)).map((t) => t.id);
    expect(due.indexOf(urgent.id)).toBeLessThan(due.indexOf(scrub.id));
    expect(await catalog.transfers.due(['east-1'], 10)).toEqual([]);
  });

  it('that is old is refused at every write', async () => {
    const { catalog } = fixture;
    const { id, lease } = await held('old');
    await pass(id, 31);
    await catalog.transfers.claim(id, 'new', 30_000);
    expect(
      await catalog.transfers.progress(id, lease, { ms: 1_000, bytesDone: 3 }),
    ).toBeUndefined();
    const writes = [
      catalog.transfers.bindIntent(id, lease, null),
      catalog.transfers.settle(id, lease, { state: 'succeeded' }),
    ];
    expect(await outcomes(writes)).toEqual({ ok: 0, codes: ['lease_lost', 'lease_lost'] });
    expect(await catalog.transfers.get(id)).toMatchObject({ state: 'running', bytesDone: 0 });
  });
});

describe('an attempt', () => {
  it('keeps ledger and lease in one write, and hands its intent to whoever goes on', async () => {
    const { catalog } = fixture;
    const { id, imageId, lease } = await held('w1');
    const store = (await catalog.stores.list()).find((s) => s.id === 'west-1');
    if (store === undefined) throw new Error('west-1 is not defined');
    const intent = await catalog.intents.open({
      imageId,
      store,
      owner: 'w1',
      leaseMs: 30_000,
      transferId: id,
    });
    await catalog.transfers.bindIntent(id, lease, intent.id);
    expect(
      await catalog.transfers.progress(id, lease, {
        ms: 30_000,
        ledger: Uint8Array.of(5),
        bytesDone: 2,
      }),
    ).toBe('running');
    await pass(id, 31);
    await fixture.sql`UPDATE intent SET lease_until = now() - interval '1 hour' WHERE id = ${intent.id}`;
    const sweep = { leaseMs: 1_000, graceMs: 0, limit: 100 };
    expect(await catalog.intents.claimAbandoned(['west-1'], 'sweeper', sweep)).toEqual([]);
    const next = await catalog.transfers.claim(id, 'w2', 30_000);
    expect(next).toMatchObject({ intentId: intent.id, bytesDone: 2, ledger: Buffer.of(5) });
    expect(await catalog.intents.renew([intent.id], 'w1', 1_000)).toBe(false);
    expect(await catalog.intents.renew([intent.id], 'w2', 1_000)).toBe(true);
    await catalog.transfers.bindIntent(id, { owner: 'w2', fence: next?.fence ?? 0 }, null);
    expect(await catalog.transfers.get(id)).toMatchObject({
      intentId: null,
      ledger: null,
      bytesDone: 0,
    });
  });

  it('is kept alive while it is being published', async () => {
    const { catalog } = fixture;
    const { id, imageId, lease } = await held('w1');
    const store = (await catalog.stores.list()).find((s) => s.id === 'west-1');
    if (store === undefined) throw new Error('west-1 is not defined');
    const intent = await catalog.intents.open({
      imageId,
      store,
      owner: 'w1',
      leaseMs: 30_000,
      transferId: id,
    });
    await catalog.transfers.bindIntent(id, lease, intent.id);
    await catalog.transaction(async (tx) => {
      await tx.intents.close([intent.id], 'w1');
      expect(await catalog.transfers.progress(id, lease, { ms: 30_000 })).toBe('running');
      await tx.transfers.settle(id, lease, { state: 'succeeded' });
    });
    expect(await catalog.transfers.get(id)).toMatchObject({ state: 'succeeded' });
  });

  it('waits as long as it was told, and ends with what was done', async () => {
    const { catalog } = fixture;
    const { id, lease } = await held();
    const waiting = {
      state: 'waiting',
      reason: 'stalled',
      detail: 'no byte',
      retryInMs: 60_000,
    } as const;
    expect(await catalog.transfers.settle(id, lease, waiting)).toMatchObject({
      state: 'waiting',
      detail: 'no byte',
    });
    expect(await catalog.transfers.claim(id, 'w2', 1_000)).toBeUndefined();
    await pass(id, 61);
    const next = await catalog.transfers.claim(id, 'w2', 30_000);
    const done = await catalog.transfers.settle(
      id,
      { owner: 'w2', fence: next?.fence ?? 0 },
      { state: 'succeeded' },
    );
    expect(done).toMatchObject({
      state: 'succeeded',
      bytesDone: 3,
      finishedAt: expect.any(Date),
      ledger: null,
    });
  });

  it('that was told to stop neither waits nor goes on', async () => {
    const { catalog } = fixture;
    const { id, lease } = await held();
    expect(await catalog.transfers.cancel(id)).toMatchObject({ state: 'cancelling' });
    expect(await catalog.transfers.progress(id, lease, { ms: 1_000 })).toBe('cancelling');
    const settled = await catalog.transfers.settle(id, lease, {
      state: 'waiting',
      reason: 'stalled',
    });
    expect(settled).toMatchObject({ state: 'cancelled', reason: 'cancelled' });
    await expect(catalog.transfers.cancel(id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(catalog.transfers.cancel(0)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('whose holder died after a cancel is ended by the sweep', async () => {
    const { catalog } = fixture;
    const { id, lease } = await held();
    await catalog.transfers.cancel(id);
    expect((await catalog.transfers.reapCancelled()).map((t) => t.id)).not.toContain(id);
    await pass(id, 31);
    expect((await catalog.transfers.reapCancelled()).map((t) => t.id)).toContain(id);
    expect(await catalog.transfers.progress(id, lease, { ms: 1_000 })).toBeUndefined();
  });
});
