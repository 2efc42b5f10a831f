import { bigint, integer, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { bytea, instant } from './columns.ts';

export const transfers = pgTable('transfer', {
  id: bigint('id', { mode: 'number' }).generatedByDefaultAsIdentity().primaryKey(),
  imageId: text('image_id').notNull(),
  storeId: text('store_id').notNull(),
  askedBy: text('asked_by').notNull(),
  class: text('class').notNull(),
  priority: smallint('priority').notNull(),
  state: text('state').notNull().default('queued'),
  reason: text('reason'),
  detail: text('detail'),
  attempts: integer('attempts').notNull().default(0),
  bytesTotal: bigint('bytes_total', { mode: 'number' }).notNull(),
  bytesDone: bigint('bytes_done', { mode: 'number' }).notNull().default(0),
  ledger: bytea('ledger'),
  intentId: bigint('intent_id', { mode: 'number' }),
  taskId: text('task_id'),
  trace: text('trace'),
  fence: bigint('fence', { mode: 'number' }).notNull().default(0),
  leaseOwner: text('lease_owner'),
  leaseUntil: instant('lease_until'),
  dueAt: instant('due_at').notNull().defaultNow(),
  createdAt: instant('created_at').notNull().defaultNow(),
  startedAt: instant('started_at'),
  finishedAt: instant('finished_at'),
});
