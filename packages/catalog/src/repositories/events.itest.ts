import type { Event } from '@parallax/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CatalogFixture, openFixture } from './catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const event = (n: number) => ({ type: 'image.upload', imageId: 'i', payload: { n } }) as const;

it('numbers in the order of commits, so that a cursor never skips', async () => {
  const { catalog } = fixture;
  let commit: () => void = () => {};
  const early = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let written: () => void = () => {};
  const wrote = new Promise<void>((resolve) => {
    written = resolve;
  });
  const slow = catalog.transaction(async (tx) => {
    await tx.events.append(event(1));
    written();
    await early;
  });
  await wrote;
  await catalog.events.append(event(2));
  expect(await catalog.events.number()).toBe(1);
  const first = await catalog.events.after(0, 10);
  expect(first.map(({ payload }) => payload)).toEqual([{ n: 2 }]);
  commit();
  await slow;
  await catalog.events.number();
  const rest = await catalog.events.after(first.at(-1)?.seq ?? 0, 10);
  expect(rest.map(({ payload }) => payload)).toEqual([{ n: 1 }]);
});

it('shows every event once to one who reads while many write and several relays number', async () => {
  const { catalog } = fixture;
  const start = (await catalog.events.after(0, 1_000)).at(-1)?.seq ?? 0;
  let writing = true;
  const relays = [0, 1, 2].map(async () => {
    while (writing) await catalog.events.number();
  });
  const seen: Event[] = [];
  const reader = (async () => {
    while (writing) seen.push(...(await catalog.events.after(seen.at(-1)?.seq ?? start, 7)));
  })();
  await Promise.all(
    Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 20; n += 1) {
        await catalog.transaction(async (tx) => {
          await tx.events.append(event(writer * 100 + n));
          await tx.events.append(event(writer * 100 + n + 50));
        });
      }
    }),
  );
  writing = false;
  await Promise.all([...relays, reader]);
  await catalog.events.number();
  seen.push(...(await catalog.events.after(seen.at(-1)?.seq ?? start, 1_000)));
  expect(seen).toHaveLength(160);
  expect(new Set(seen.map(({ seq }) => seq)).size).toBe(160);
  expect(new Set(seen.map(({ payload }) => payload?.['n'])).size).toBe(160);
  expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 160 }, (_, n) => start + n + 1));
});
