import { pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const imageIds = pgTable('image_id', {
  id: text('id').primaryKey(),
  osHash: text('os_hash'),
  deletedAt: instant('deleted_at'),
  cause: text('cause'),
});
