import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea } from './columns.ts';

export const manifests = pgTable(
  'manifest',
  {
    imageId: text('image_id').notNull(),
    slice: integer('slice').notNull(),
    tags: bytea('tags').notNull(),
    zeros: bytea('zeros').notNull(),
  },
  (table) => [primaryKey({ columns: [table.imageId, table.slice] })],
);
