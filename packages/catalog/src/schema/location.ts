import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const locations = pgTable('location', {
  id: bigint('id', { mode: 'number' }).generatedByDefaultAsIdentity().primaryKey(),
  imageId: text('image_id').notNull(),
  storeId: text('store_id').notNull(),
  key: text('key').notNull(),
  state: text('state').notNull().default('active'),
  proof: text('proof').notNull(),
  provedAt: instant('proved_at'),
  askedBy: text('asked_by').notNull(),
  purpose: text('purpose').notNull(),
  reason: text('reason'),
  dueAt: instant('due_at'),
  leaseOwner: text('lease_owner'),
  leaseUntil: instant('lease_until'),
  fence: bigint('fence', { mode: 'number' }).notNull().default(0),
  describeAt: instant('describe_at'),
  describeWanted: bigint('describe_wanted', { mode: 'number' }).notNull().default(0),
  describeTries: integer('describe_tries').notNull().default(0),
  describeFence: bigint('describe_fence', { mode: 'number' }).notNull().default(0),
  describeUntil: instant('describe_until'),
  createdAt: instant('created_at').notNull().defaultNow(),
});
