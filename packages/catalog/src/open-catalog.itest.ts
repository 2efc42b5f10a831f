import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { AppError } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalog } from './open-catalog.ts';
import {
  type CatalogFixture,
  contentOf,
  defineStores,
  EVERYTHING,
  newImage,
  openFixture,
  outcomes,
} from './repositories/catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
  await defineStores(fixture.catalog, 'east-1');
});
afterAll(() => fixture.close());

describe('a transaction', () => {
  it('leaves nothing of a publish that fails at its last step', async () => {
    const { catalog } = fixture;
    const [store] = await catalog.stores.list();
    if (store === undefined) throw new Error('no store');
    const { id } = await catalog.images.insert(newImage());
    await catalog.images.takeForWriting(id, ['queued'], 'saving', { owner: 'gw', ms: 30_000 });
    const intent = await catalog.intents.open({ imageId: id, store, owner: 'gw', leaseMs: 30_000 });
    const events = await fixture.sql`SELECT count(*)::int AS n FROM event`;
    const failure = new AppError('lease_lost');
    const publish = catalog.transaction(async (tx) => {
      await tx.images.lock(id);
      await tx.contents.insert(
        contentOf(id),
        [{ slice: 0, tags: new Uint8Array(16), zeros: new Uint8Array(1) }],
        null,
      );
      await tx.intents.close([intent.id], 'gw');
      const copy = {
        imageId: id,
        storeId: store.id,
        proof: 'sent',
        askedBy: 'upload',
        purpose: 'copy',
      } as const;
      await tx.locations.insert({ ...copy, key: intent.key });
      await tx.holds.put(id, store.id, 'test');
      await tx.events.append({ type: 'image.activate', imageId: id });
      await tx.images.transition(id, ['saving'], 'active');
      throw failure;
    });
    await expect(publish).rejects.toBe(failure);
    expect(await catalog.images.get(id, EVERYTHING)).toMatchObject({
      status: 'saving',
      size: null,
    });
    expect(await catalog.contents.find(id)).toBeUndefined();
    expect(await catalog.locations.listFor(id)).toEqual([]);
    expect(await catalog.holds.list(id)).toEqual([]);
    expect(await catalog.intents.get(intent.id)).toMatchObject({ id: intent.id });
    expect(await fixture.sql`SELECT count(*)::int AS n FROM event`).toEqual(events);
  });

  it('takes nested ones in', async () => {
    const { catalog } = fixture;
    const image = newImage();
    const outer = catalog.transaction(async (tx) => {
      await tx.transaction((inner) => inner.images.insert(image));
      expect(await tx.images.find(image.id, EVERYTHING)).toBeDefined();
      throw new Error('undo');
    });
    await expect(outer).rejects.toThrow('undo');
    expect(await catalog.images.find(image.id, EVERYTHING)).toBeUndefined();
  });

  it('answers with whatever its work answers', async () => {
    const { catalog } = fixture;
    expect(await catalog.transaction(async () => [1, Promise.resolve(2)].length)).toBe(2);
    expect(await catalog.transaction(async () => undefined)).toBeUndefined();
  });

  it('that deadlocks is unavailable, not internal', async () => {
    const { catalog } = fixture;
    const [a, b] = [
      await catalog.images.insert(newImage()),
      await catalog.images.insert(newImage()),
    ];
    const lockBoth = (first: string, second: string) =>
      catalog.transaction(async (tx) => {
        await tx.images.lock(first);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await tx.images.lock(second);
      });
    const results = await Promise.allSettled([lockBoth(a.id, b.id), lockBoth(b.id, a.id)]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => reason.code)).toEqual(['unavailable']);
  });
});

describe('errors', () => {
  it('name what a value did wrong, not that the database minded', async () => {
    const { catalog } = fixture;
    const bad = [
      catalog.images.insert(newImage({ name: 'nul \u0000' })),
      catalog.images.insert(newImage({ minRam: 2 ** 40 })),
      catalog.images.insert(newImage({ id: 'not/an/id' })),
      catalog.images.insert(newImage({ properties: { a: '\u0000' } })),
    ];
    const { codes } = await outcomes(bad);
    expect(codes).toEqual(bad.map(() => 'invalid_request'));
  });

  it('are unavailable when the server is not there, and gone when it is back', async () => {
    await expect(openCatalog({ url: 'postgres://u@127.0.0.1:1/x', pool: 2 })).rejects.toMatchObject(
      {
        code: 'unavailable',
        retryAfterMs: expect.any(Number),
      },
    );
    await using proxy = await openProxy(fixture.url);
    const catalog = await openCatalog({ url: proxy.url, pool: 2, statementTimeoutMs: 500 });
    const { id } = await catalog.images.insert(newImage());
    proxy.cut();
    await expect(catalog.images.find(id, EVERYTHING)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(catalog.ping()).rejects.toMatchObject({ code: 'unavailable' });
    proxy.mend();
    await expect
      .poll(() => catalog.images.find(id, EVERYTHING).catch(() => undefined))
      .toMatchObject({ id });
    await catalog.close();
  });

  it('come in time when the server falls silent, and the connections are given up', async () => {
    await using proxy = await openProxy(fixture.url);
    const catalog = await openCatalog({ url: proxy.url, pool: 1, statementTimeoutMs: 500 });
    const { id } = await catalog.images.insert(newImage());
    proxy.freeze();
    const began = performance.now();
    await expect(catalog.images.find(id, EVERYTHING)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(performance.now() - began).toBeLessThan(20_000);
    proxy.mend();
    await expect
      .poll(() => catalog.images.find(id, EVERYTHING).catch(() => undefined), { timeout: 30_000 })
      .toMatchObject({ id });
    await catalog.close();
  });
});

/** Between the catalog and its server: can refuse, cut and freeze. */
async function openProxy(url: string) {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let mode: 'open' | 'cut' | 'frozen' = 'open';
  const server = createServer((socket) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (mode === 'open') to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    if (mode === 'cut') socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const here = new URL(url);
  here.port = String((server.address() as AddressInfo).port); // A listening TCP server has no other address.
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: here.href,
    cut: () => {
      mode = 'cut';
      end();
    },
    freeze: () => {
      mode = 'frozen';
    },
    mend: () => {
      mode = 'open';
    },
    [Symbol.asyncDispose]: async () => {
      end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
