import { mkdir, rm } from 'node:fs/promises';
import { KILL_POINTS } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flipByte } from '../support/flip-byte.ts';
import { sha512 } from '../support/glance-http.ts';
import { waitUntil } from '../support/wait-until.ts';
import { bytes, CrashingStack, digest } from './crashing-stack.ts';

let at: CrashingStack;

beforeAll(async () => {
  at = await CrashingStack.start();
});
afterAll(() => at?.stop());

const pointsOf = (kind: RegExp) => KILL_POINTS.filter((point) => kind.test(point));

describe('kill -9 of the worker', () => {
  it.each(pointsOf(/^remove\./))('at %s removes what was deleted all the same', async (point) => {
    await at.steadyWorker();
    const id = await at.uploaded();
    await at.expectCopies(id);
    await at.restartWorker(point);
    await at.discard(id);
    await at.workerDied();
    await at.restartWorker();
    await at.expectSound();
    expect(await at.copiesOf(id)).toBe(0);
    expect(await at.http.show(id)).toBeUndefined();
  });

  it.each(pointsOf(/^sweep\./))('at %s removes what an upload left all the same', async (point) => {
    const { id } = await at.http.create();
    await at.restartWorker(point);
    const doomed = await at.doomedGateway('upload.half');
    expect(await doomed.upload(id, bytes).catch(() => 'cut')).toBe('cut');
    await at.workerDied();
    await at.restartWorker();
    await at.expectSound();
    expect((await at.http.show(id))?.status).toBe('queued');
    await at.discard(id);
  });

  it('at accept.marker goes on with a store that was declared empty', async () => {
    await at.steadyWorker();
    const id = await at.uploaded();
    await at.expectCopies(id);
    await at.restartWorker('accept.marker');
    const root = at.stack.storePath('west-1');
    await rm(root, { recursive: true });
    await mkdir(root);
    await waitUntil('the store to be down', async () => (await stateOf('west-1')) === 'down');
    const asked = await at.http.json('POST', '/federation/v1/stores/west-1:accept-empty');
    expect(asked.status).toBe(202);
    await at.workerDied();
    expect(await stateOf('west-1')).toBe('accepting');
    await at.restartWorker();
    await waitUntil('the store to be up', async () => (await stateOf('west-1')) === 'up');
    await at.expectCopies(id);
    await at.expectSound();
    await at.discard(id);
  });

  it.each(['verify.claimed', 'verify.read'] as const)(
    'at %s heals a flipped byte all the same',
    async (point) => {
      await at.steadyWorker();
      const imageId = await at.uploaded();
      await at.expectCopies(imageId);
      await at.restartWorker(point);
      const { sql, stack } = at;
      await flipByte({ sql, stack, imageId, storeId: 'east-1', at: 3_000_000 });
      // The only node with the other copies may die in the middle of this download: then it breaks off, and never ends wrong.
      const first = await at.http.download(imageId).catch(() => undefined);
      if (first !== undefined) expect([first.status, sha512(first.bytes)]).toEqual([200, digest]);
      await at.workerDied();
      await at.restartWorker();
      await waitUntil(
        'the bad copy to be replaced',
        async () => {
          const rows = await sql`SELECT 1 FROM location
            WHERE image_id = ${imageId} AND store_id = 'east-1' AND state = 'active' AND proof = 'read'`;
          return rows.length === 1;
        },
        30_000,
      );
      await at.expectSound();
      await at.discard(imageId);
    },
  );
});

async function stateOf(store: string): Promise<unknown> {
  const [row] = await at.sql`SELECT state FROM store WHERE id = ${store}`;
  return row?.['state'];
}
