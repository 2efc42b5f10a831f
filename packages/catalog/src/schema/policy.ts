import type { PolicySelector, PolicyTarget } from '@parallax/core';
import { boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const policies = pgTable('policy', {
  id: text('id').primaryKey(),
  enabled: boolean('enabled').notNull().default(true),
  selector: jsonb('selector').$type<PolicySelector>().notNull(),
  targets: jsonb('targets').$type<readonly PolicyTarget[]>().notNull(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});
