import type { Node, Policy, Task } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CatalogFixture, defineStores, newImage, openFixture } from './catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

describe('stores', () => {
  it('are defined by whoever starts first, and refuse what contradicts them', async () => {
    const { catalog } = fixture;
    await Promise.all([0, 1, 2].map(() => defineStores(catalog, 'east-1', 'west-1')));
    const [east] = await catalog.stores.list();
    expect(east).toMatchObject({
      id: 'east-1',
      region: 'east',
      state: 'new',
      identity: null,
      isDefault: true,
    });
    if (east === undefined) return;
    await catalog.stores.define({ ...east, description: 'new words', weight: 5 });
    expect((await catalog.stores.list())[0]).toMatchObject({ description: 'new words', weight: 5 });
    for (const change of [{ kind: 's3' }, { region: 'west' }, { reach: 'anywhere' }] as const) {
      await expect(catalog.stores.define({ ...east, ...change })).rejects.toMatchObject({
        code: 'conflict',
      });
    }
  });

  it('have one identity, the first that was bound', async () => {
    const { catalog } = fixture;
    const bound = await Promise.all(
      ['u1', 'u2', 'u3'].map((uuid) => catalog.stores.bindIdentity('east-1', uuid)),
    );
    expect(new Set(bound).size).toBe(1);
    await expect(catalog.stores.bindIdentity('nowhere', 'u')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('change state by compare-and-set and tell of it once', async () => {
    const { catalog, sql } = fixture;
    const set = await Promise.all(
      [0, 1, 2].map(() => catalog.stores.setState('west-1', ['new', 'down'], 'up', null)),
    );
    expect(set.filter(Boolean)).toHaveLength(1);
    expect(await catalog.stores.setState('west-1', ['new', 'up', 'down'], 'down', 'identity')).toBe(
      true,
    );
    expect(
      await catalog.stores.setState('west-1', ['new', 'up', 'down'], 'down', 'not mounted'),
    ).toBe(true);
    const rows =
      await sql`SELECT type, payload->>'reason' AS reason FROM event WHERE store_id = 'west-1' ORDER BY id`;
    expect([...rows]).toEqual([
      { type: 'store.up', reason: null },
      { type: 'store.down', reason: 'identity' },
    ]);
  });
});

describe('nodes', () => {
  it('are listed until they leave or stop beating', async () => {
    const { catalog, sql } = fixture;
    const node: Node = {
      id: 'n1',
      role: 'worker',
      regions: ['east', 'we,st'],
      url: 'http://n',
      stores: ['a"b'],
    };
    await catalog.nodes.beat({ ...node, url: 'http://old' }, 30_000);
    await catalog.nodes.beat(node, 30_000);
    await catalog.nodes.beat({ ...node, id: 'n2' }, 30_000);
    await catalog.nodes.leave('n2');
    expect(await catalog.nodes.list()).toEqual([node]);
    await sql`UPDATE node SET expires_at = expires_at - interval '31 seconds'`;
    expect(await catalog.nodes.list()).toEqual([]);
  });
});

describe('policies', () => {
  it('are seeded once, into an empty table only', async () => {
    const { catalog } = fixture;
    const policy: Policy = {
      id: 'p',
      enabled: true,
      selector: { tags: ['gold'] },
      targets: [{ regions: ['*'], copies: 1 }],
    };
    await Promise.all([0, 1, 2].map(() => catalog.policies.seed([policy])));
    await catalog.policies.put({ ...policy, enabled: false });
    await catalog.policies.seed([{ ...policy, id: 'q' }]);
    expect(await catalog.policies.list()).toEqual([{ ...policy, enabled: false }]);
  });
});

describe('tasks', () => {
  it('end once, and are shown until they expire', async () => {
    const { catalog, sql } = fixture;
    const { id: imageId } = await catalog.images.insert(newImage());
    const task: Omit<Task, 'createdAt' | 'updatedAt' | 'expiresAt' | 'result'> = {
      id: 't1',
      type: 'api_image_import',
      status: 'processing',
      owner: 'p1',
      imageId,
      requestId: 'req-1',
      userId: 'u',
      input: { stores: ['west-1'] },
      message: '',
    };
    await catalog.tasks.insert(task);
    expect(await catalog.tasks.unfinished(10)).toEqual(['t1']);
    await catalog.tasks.finish('t1', 'success', 'Copied 3 MiB');
    await catalog.tasks.finish('t1', 'failure', 'late');
    const ended = {
      ...task,
      status: 'success',
      message: 'Copied 3 MiB',
      expiresAt: expect.any(Date),
    };
    expect(await catalog.tasks.listFor(imageId)).toEqual([expect.objectContaining(ended)]);
    expect(await catalog.tasks.unfinished(10)).toEqual([]);
    await expect(catalog.tasks.finish('t2', 'failure', '')).rejects.toMatchObject({
      code: 'not_found',
    });
    await sql`UPDATE task SET expires_at = now()`;
    expect(await catalog.tasks.find('t1')).toBeUndefined();
  });
});

describe('holds', () => {
  it('are put once and lifted', async () => {
    const { catalog } = fixture;
    const { id } = await catalog.images.insert(newImage());
    await catalog.holds.put(id, 'east-1', 'evicted');
    await catalog.holds.put(id, 'east-1', 'evicted');
    expect(await catalog.holds.list(id)).toEqual(['east-1']);
    await catalog.holds.lift(id, 'east-1');
    expect(await catalog.holds.list(id)).toEqual([]);
  });
});
