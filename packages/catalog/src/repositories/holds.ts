import type { HoldRepository } from '@parallax/core';
import { and, asc, eq } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { holds as table } from '../schema/index.ts';

export function holds(database: Database): HoldRepository {
  return {
    list: async (imageId) => {
      const rows = await database.cold((orm) =>
        orm
          .select({ storeId: table.storeId })
          .from(table)
          .where(eq(table.imageId, imageId))
          .orderBy(asc(table.storeId)),
      );
      return rows.map(({ storeId }) => storeId);
    },
    put: async (imageId, storeId, cause) => {
      await database.cold((orm) =>
        orm.insert(table).values({ imageId, storeId, cause }).onConflictDoNothing(),
      );
    },
    lift: async (imageId, storeId) => {
      await database.cold((orm) =>
        orm.delete(table).where(and(eq(table.imageId, imageId), eq(table.storeId, storeId))),
      );
    },
  };
}
