import { type Catalog, type ImageQuery, isAppError } from '@parallax/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCatalog } from './open-catalog.ts';
import {
  type CatalogFixture,
  EVERYTHING,
  NO_RANKS,
  newImage,
  openFixture,
} from './repositories/catalog.fixture.ts';

const POOL = 4;
/** Planned for its values, and asks for memberships: who locks their table makes it as slow as he likes. */
const COSTLY: ImageQuery = {
  limit: 25,
  sort: [{ key: 'created_at', direction: 'desc' }],
  osHidden: false,
  tags: ['rare'],
};

let fixture: CatalogFixture;
let id: string;
beforeAll(async () => {
  fixture = await openFixture();
  ({ id } = await fixture.catalog.images.insert(newImage({ owner: 'p', tags: ['rare'] })));
});
afterAll(() => fixture.close());

function gate() {
  const at = new AbortController();
  const opened = new Promise<void>((resolve) => {
    at.signal.addEventListener('abort', () => resolve());
  });
  return { opened, open: () => at.abort() };
}

/** Runs `work` while no list can be answered. */
async function whileLocked<T>(work: (release: () => void) => Promise<T>): Promise<T> {
  const lock = gate();
  const held = gate();
  const transaction = fixture.sql.begin(async (tx) => {
    await tx`LOCK TABLE image_member IN ACCESS EXCLUSIVE MODE`;
    held.open();
    await lock.opened;
  });
  await held.opened;
  try {
    return await work(lock.open);
  } finally {
    lock.open();
    await transaction;
  }
}

function lists(catalog: Catalog, count: number): Promise<string>[] {
  return Array.from({ length: count }, async () => {
    const asked = catalog.images.listJson(COSTLY, { kind: 'project', projectId: 'p' }, NO_RANKS);
    return asked.then(
      ({ json }) => (json.includes(id) ? 'answered' : 'wrong'),
      (error: unknown) => (isAppError(error) ? `${error.code} ${error.retryAfterMs}` : 'unknown'),
    );
  });
}

it('leave everyday questions their connections, however many there are and whatever they take', async () => {
  const catalog = await openCatalog({ url: fixture.url, pool: POOL, statementTimeoutMs: 300_000 });
  try {
    const outcomes = await whileLocked(async (release) => {
      let settled = 0;
      const asked = lists(catalog, 3 * POOL).map((list) =>
        list.finally(() => {
          settled += 1;
        }),
      );
      // Answered while none of the lists can be.
      expect(await catalog.images.find(id, EVERYTHING)).toMatchObject({ id });
      await expect.poll(() => settled, { timeout: 30_000 }).toBe(3 * POOL - POOL / 2);
      release();
      return Promise.all(asked);
    });
    const places = POOL / 2;
    expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(places);
    expect(outcomes.filter((outcome) => outcome === 'unavailable 1000')).toHaveLength(
      3 * POOL - places,
    );
  } finally {
    await catalog.close();
  }
});

it('end when a statement may take no longer, and can be asked again', async () => {
  const catalog = await openCatalog({ url: fixture.url, pool: POOL, statementTimeoutMs: 500 });
  try {
    expect(await whileLocked(() => Promise.all(lists(catalog, 2)))).toEqual([
      'unavailable 1000',
      'unavailable 1000',
    ]);
    expect(await Promise.all(lists(catalog, 2))).toEqual(['answered', 'answered']);
  } finally {
    await catalog.close();
  }
});
