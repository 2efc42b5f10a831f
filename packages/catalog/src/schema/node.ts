import type { Node } from '@parallax/core';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const nodes = pgTable('node', {
  id: text('id').primaryKey(),
  role: text('role').$type<Node['role']>().notNull(),
  regions: text('regions').array().notNull(),
  url: text('url').notNull(),
  stores: text('stores').array().notNull(),
  expiresAt: instant('expires_at').notNull(),
});
