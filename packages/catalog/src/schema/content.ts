import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, instant } from './columns.ts';

export const contents = pgTable('content', {
  imageId: text('image_id').primaryKey(),
  size: bigint('size', { mode: 'number' }).notNull(),
  md5: text('md5').notNull(),
  osHashAlgo: text('os_hash_algo').notNull(),
  osHashValue: text('os_hash_value').notNull(),
  tagKey: bytea('tag_key').notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
});
