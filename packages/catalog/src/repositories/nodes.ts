import type { NodeRepository } from '@parallax/core';
import { asc, desc, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { nodes as table } from '../schema/index.ts';

export function nodes(database: Database): NodeRepository {
  return {
    beat: async (node, ttlMs) => {
      const row = {
        ...node,
        regions: [...node.regions],
        stores: [...node.stores],
        expiresAt: sql<string>`clock_timestamp() + ${ttlMs}::float8 * interval '1 ms'`,
      };
      await database.cold((orm) =>
        orm.insert(table).values(row).onConflictDoUpdate({ target: table.id, set: row }),
      );
    },
    list: async () => {
      const rows = await database.cold((orm) =>
        orm
          .select()
          .from(table)
          .where(gt(table.expiresAt, sql`statement_timestamp()`))
          .orderBy(desc(table.expiresAt), asc(table.id)),
      );
      return rows.map(({ expiresAt, ...node }) => node);
    },
    leave: async (id) => {
      await database.cold((orm) => orm.delete(table).where(eq(table.id, id)));
    },
  };
}
