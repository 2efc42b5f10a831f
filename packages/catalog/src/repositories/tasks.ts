import { AppError, type Task, type TaskRepository } from '@parallax/core';
import { and, asc, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { tasks as table } from '../schema/index.ts';
import { toDate, toDateOrNull } from '../values.ts';

/** Glance's task_time_to_live. */
const KEPT_HOURS = 48;
const UNFINISHED = inArray(table.status, ['pending', 'processing']);
const UNEXPIRED = or(isNull(table.expiresAt), gt(table.expiresAt, sql`statement_timestamp()`));

export function tasks(database: Database): TaskRepository {
  return {
    insert: async (task) => {
      await database.cold((orm) => orm.insert(table).values(task));
    },
    find: async (id) => {
      const [row] = await database.cold((orm) =>
        orm
          .select()
          .from(table)
          .where(and(eq(table.id, id), UNEXPIRED)),
      );
      return row && toTask(row);
    },
    listFor: async (imageId) => {
      const rows = await database.cold((orm) =>
        orm
          .select()
          .from(table)
          .where(and(eq(table.imageId, imageId), UNEXPIRED))
          .orderBy(asc(table.createdAt), asc(table.id)),
      );
      return rows.map(toTask);
    },
    finish: async (id, status, message) => {
      const ended = status === 'success' || status === 'failure';
      const set = {
        status,
        message,
        updatedAt: sql<string>`clock_timestamp()`,
        ...(ended
          ? { expiresAt: sql<string>`clock_timestamp() + ${KEPT_HOURS} * interval '1 hour'` }
          : {}),
      };
      // The first end stands.
      const open = and(eq(table.id, id), UNFINISHED);
      const changed = await database.cold((orm) =>
        orm.update(table).set(set).where(open).returning({ id: table.id }),
      );
      if (changed.length > 0) return;
      const known = await database.cold((orm) =>
        orm.select({ id: table.id }).from(table).where(eq(table.id, id)),
      );
      if (known.length === 0) throw new AppError('not_found', `no task ${id}`);
    },
    unfinished: async (limit) => {
      const rows = await database.cold((orm) =>
        orm
          .select({ id: table.id })
          .from(table)
          .where(UNFINISHED)
          .orderBy(asc(table.createdAt), asc(table.id))
          .limit(limit),
      );
      return rows.map(({ id }) => id);
    },
  };
}

function toTask({ createdAt, updatedAt, expiresAt, ...rest }: typeof table.$inferSelect): Task {
  return {
    ...rest,
    createdAt: toDate(createdAt),
    updatedAt: toDate(updatedAt),
    expiresAt: toDateOrNull(expiresAt),
  };
}
