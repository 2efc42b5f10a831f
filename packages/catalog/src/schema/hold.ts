import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const holds = pgTable(
  'hold',
  {
    imageId: text('image_id').notNull(),
    storeId: text('store_id').notNull(),
    cause: text('cause').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.imageId, table.storeId] })],
);
