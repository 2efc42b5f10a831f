import { pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const regions = pgTable('region', {
  id: text('id').primaryKey(),
  createdAt: instant('created_at').notNull().defaultNow(),
});
