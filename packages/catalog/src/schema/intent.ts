import { bigint, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, instant } from './columns.ts';

export const intents = pgTable('intent', {
  id: bigint('id', { mode: 'number' }).generatedByDefaultAsIdentity().primaryKey(),
  imageId: text('image_id').notNull(),
  storeId: text('store_id').notNull(),
  key: text('key').notNull(),
  session: text('session'),
  receipts: jsonb('receipts').notNull().default([]),
  tagKey: bytea('tag_key'),
  transferId: bigint('transfer_id', { mode: 'number' }),
  bootId: text('boot_id'),
  leaseOwner: text('lease_owner'),
  leaseUntil: instant('lease_until').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});
