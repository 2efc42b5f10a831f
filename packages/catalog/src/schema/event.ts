import type { EventType } from '@parallax/core';
import { bigint, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const events = pgTable('event', {
  id: bigint('id', { mode: 'number' }).generatedByDefaultAsIdentity().primaryKey(),
  seq: bigint('seq', { mode: 'number' }),
  type: text('type').$type<EventType>().notNull(),
  imageId: text('image_id'),
  storeId: text('store_id'),
  payload: jsonb('payload').$type<Readonly<Record<string, unknown>>>().notNull().default({}),
  createdAt: instant('created_at').notNull().defaultNow(),
});
