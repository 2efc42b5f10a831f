import type { Policy, PolicyRepository } from '@parallax/core';
import { asc, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { policies as table } from '../schema/index.ts';

export function policies(database: Database): PolicyRepository {
  return {
    list: async () => {
      const rows = await database.cold((orm) => orm.select().from(table).orderBy(asc(table.id)));
      return rows.map(({ createdAt, updatedAt, ...policy }): Policy => policy);
    },
    put: async ({ id, enabled, selector, targets }) => {
      const set = { enabled, selector, targets, updatedAt: sql<string>`clock_timestamp()` };
      await database.cold((orm) =>
        orm
          .insert(table)
          .values({ id, ...set })
          .onConflictDoUpdate({ target: table.id, set }),
      );
    },
    seed: (seeds) =>
      database.transaction(async (tx) => {
        // Nodes that start together seed once; readers are not disturbed.
        await tx.rows('LOCK TABLE policy IN SHARE ROW EXCLUSIVE MODE');
        const some = await tx.cold((orm) => orm.select({ id: table.id }).from(table).limit(1));
        if (some.length > 0 || seeds.length === 0) return;
        const rows = seeds.map(({ id, enabled, selector, targets }) => ({
          id,
          enabled,
          selector,
          targets,
        }));
        await tx.cold((orm) => orm.insert(table).values(rows));
      }),
  };
}
