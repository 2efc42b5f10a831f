import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const imageMembers = pgTable(
  'image_member',
  {
    imageId: text('image_id').notNull(),
    member: text('member').notNull(),
    status: text('status').notNull().default('pending'),
    imageCreatedAt: instant('image_created_at').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.imageId, table.member] })],
);
