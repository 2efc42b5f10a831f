import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Answer, storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment({
  policies: [
    { id: 'west-too', selector: { tags: ['both'] }, targets: [{ regions: ['west'], copies: 1 }] },
  ],
});
const MIB = 1024 * 1024;
/** So big that its copy takes longer than a cancel needs. */
const LONG = 512;
const CANCEL_MS = 2_000;

const TRANSFERS = '/federation/v1/transfers';
const request = (image: string, store: string): Promise<Answer> =>
  at.admin.post(TRANSFERS, { image, store });
const act = (id: unknown, action: string): Promise<Answer> =>
  at.admin.ask('POST', `${TRANSFERS}/${String(id)}:${action}`);
const stateOf = async (id: unknown): Promise<Readonly<Record<string, unknown>>> =>
  (await at.admin.get(`${TRANSFERS}/${String(id)}`)).object;

function* mebibytes(count: number): Generator<Buffer> {
  const leaf = testBytes(MIB);
  for (let i = 0; i < count; i += 1) {
    const bytes = Buffer.from(leaf);
    bytes.writeUInt32BE(i);
    yield bytes;
  }
}

async function until(id: unknown, state: string): Promise<Readonly<Record<string, unknown>>> {
  return await waitUntil(`transfer ${String(id)} to be ${state}`, async () => {
    const transfer = await stateOf(id);
    return transfer['state'] === state && transfer;
  });
}

describe('a transfer', () => {
  it('is requested, shows how far it is, and ends with a proved copy', async () => {
    const id = await at.member.uploaded(testBytes(9 * MIB));
    const answer = await request(id, 'west-1');
    expect([answer.status, answer.object]).toMatchObject([
      202,
      {
        id: expect.any(Number),
        image_id: id,
        store_id: 'west-1',
        asked_by: 'request',
        class: 'interactive',
        bytes_total: 9 * MIB,
        finished_at: null,
      },
    ]);
    const done = await until(answer.object['id'], 'succeeded');
    expect(done).toMatchObject({
      bytes_done: 9 * MIB,
      finished_at: expect.any(String),
      attempts: 1,
    });
    expect(storesOf(await at.member.shown(id))).toEqual(['east-1', 'west-1']);
  });

  it('is joined by a second request while it is live', async () => {
    const id = await at.member.uploaded(testBytes(MIB));
    await at.whileNothingMoves(async () => {
      const [first, second] = await Promise.all([request(id, 'west-1'), request(id, 'west-1')]);
      expect([first?.status, second?.status]).toEqual([202, 202]);
      expect(second?.object['id']).toBe(first?.object['id']);
    });
    await at.member.copied(id, 'west-1');
  });

  it('is refused where the copy is already', async () => {
    const id = await at.member.uploaded(testBytes(10));
    expect((await request(id, 'east-1')).status).toBe(409);
  });

  it('is refused for an image without bytes', async () => {
    const { id } = await at.member.created();
    expect((await request(id, 'west-1')).status).toBe(409);
  });

  it.each([
    ['an unknown image', 404, { image: '6a1f5e0c-0000-4000-8000-000000000000', store: 'west-1' }],
    ['an id that is none', 400, { image: 'nope', store: 'west-1' }],
    ['no image', 400, { store: 'west-1' }],
    ['no store', 400, { image: '6a1f5e0c-0000-4000-8000-000000000000' }],
    ['a store that is a number', 400, { image: '6a1f5e0c-0000-4000-8000-000000000000', store: 1 }],
  ])('is refused for %s: %d', async (_, status, body) => {
    expect((await at.admin.post(TRANSFERS, body)).status).toBe(status);
  });

  it('is refused for an unknown store', async () => {
    const id = await at.member.uploaded(testBytes(10));
    expect((await request(id, 'nowhere')).status).toBe(404);
  });

  it('that does not exist is not found, by any verb', async () => {
    expect((await at.admin.get(`${TRANSFERS}/999999`)).status).toBe(404);
    for (const action of ['cancel', 'retry']) expect((await act(999_999, action)).status).toBe(404);
    for (const ref of ['x', '1:explode', '-1', '1e3', '99999999999999999999']) {
      expect((await at.admin.ask('POST', `${TRANSFERS}/${ref}`)).status).toBe(404);
    }
  });
});

describe('a cancel', () => {
  it(`stops a running copy within ${CANCEL_MS} ms and leaves nothing of it`, async () => {
    const { id } = await at.admin.created();
    const body = Readable.from(mebibytes(LONG));
    expect((await at.admin.upload(id, body)).status).toBe(204);
    const { object: asked } = await request(id, 'west-1');
    await until(asked['id'], 'running');

    const began = performance.now();
    expect((await act(asked['id'], 'cancel')).object['state']).toBe('cancelling');
    const ended = await until(asked['id'], 'cancelled');
    expect(performance.now() - began).toBeLessThan(CANCEL_MS);
    expect(ended).toMatchObject({ reason: 'cancelled', finished_at: expect.any(String) });
    expect(storesOf(await at.admin.shown(id))).toEqual(['east-1']);
    await at.nothingPending();

    const again = await act(asked['id'], 'retry');
    expect([again.status, again.object['id'] === asked['id']]).toEqual([202, false]);
    await act(again.object['id'], 'cancel');
    await until(again.object['id'], 'cancelled');
    await at.admin.delete(`/v2/images/${id}`);
  });

  it('ends a transfer at once that has not begun', async () => {
    const id = await at.member.uploaded(testBytes(10));
    await at.whileNothingMoves(async () => {
      const { object } = await request(id, 'west-1');
      expect((await act(object['id'], 'cancel')).object['state']).toBe('cancelled');
    });
    expect(storesOf(await at.member.shown(id))).toEqual(['east-1']);
  });

  it('of one that has ended is 409, and a retry where the copy is, too', async () => {
    const id = await at.member.uploaded(testBytes(10));
    const { object } = await request(id, 'west-1');
    await until(object['id'], 'succeeded');
    expect((await act(object['id'], 'cancel')).status).toBe(409);
    expect((await act(object['id'], 'retry')).status).toBe(409);
  });

  it("of a policy's copy holds it back until somebody asks for it", async () => {
    const { id } = await at.admin.created({ tags: ['both'] });
    expect((await at.admin.upload(id, Readable.from(mebibytes(LONG)))).status).toBe(204);
    const transfer = await waitUntil('the policy to ask for a copy', async () => {
      const answer = await at.admin.get(`${TRANSFERS}?image=${id}&live=true`);
      return answer.list('transfers')[0];
    });
    expect(transfer).toMatchObject({ asked_by: 'policy', class: 'policy', store_id: 'west-1' });
    await act(transfer['id'], 'cancel');
    await until(transfer['id'], 'cancelled');
    const where = await at.admin.get(`/federation/v1/images/${id}/availability`);
    expect(where.list('cells').find((cell) => cell['store_id'] === 'west-1')).toMatchObject({
      state: 'absent',
      reason: 'held',
    });
    await at.admin.delete(`/v2/images/${id}`);
  });

  it('of an import ends its task with the reason', async () => {
    const id = await at.admin.uploaded(testBytes(10));
    await at.whileNothingMoves(async () => {
      await at.admin.import(id, { stores: ['west-1'] });
      const [transfer] = (await at.admin.get(`${TRANSFERS}?image=${id}`)).list('transfers');
      await act(transfer?.['id'], 'cancel');
      expect(await at.admin.shown(id)).toMatchObject({
        status: 'active',
        os_glance_importing_to_stores: '',
        os_glance_failed_import: 'west-1',
      });
    });
    const [task] = (await at.admin.get(`/v2/images/${id}/tasks`)).list('tasks');
    expect(task).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('cancelled'),
    });
    expect(await at.admin.shown(id)).not.toHaveProperty('os_glance_import_task');
  });
});

describe('the list of transfers', () => {
  it('is walked by cursor, newest first, and filtered', async () => {
    const id = await at.member.uploaded(testBytes(10));
    for (const store of ['west-1', 'north-1', 'east-2']) {
      await until((await request(id, store)).object['id'], 'succeeded');
    }
    const stores: unknown[] = [];
    let after = '';
    for (let page = 0; page < 5; page += 1) {
      const answer = await at.admin.get(`${TRANSFERS}?image=${id}&limit=1${after}`);
      const { next } = answer.object;
      stores.push(...answer.list('transfers').map((transfer) => transfer['store_id']));
      if (next === null) break;
      after = `&after=${String(next)}`;
    }
    expect(stores).toEqual(['east-2', 'north-1', 'west-1']);
    const west = await at.admin.get(`${TRANSFERS}?image=${id}&store=west-1`);
    expect(west.list('transfers')).toHaveLength(1);
    const live = await at.admin.get(`${TRANSFERS}?image=${id}&live=true`);
    expect(live.list('transfers')).toEqual([]);
    const ended = await at.admin.get(`${TRANSFERS}?image=${id}&live=false`);
    expect(ended.list('transfers')).toHaveLength(3);
  });

  it('shows no key, ledger or secret', async () => {
    const { text } = await at.admin.get(TRANSFERS);
    expect(text).not.toMatch(/ledger|tag_key|lease_owner|secret/);
  });

  it.each(['limit=-1', 'limit=a', 'after=x', 'live=maybe', 'image=nope'])(
    'is 400 for %s',
    async (query) => {
      expect((await at.admin.get(`${TRANSFERS}?${query}`)).status).toBe(400);
    },
  );
});
