import type { StoreKind, StoreReach, StoreState } from '@parallax/core';
import { boolean, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const stores = pgTable('store', {
  id: text('id').primaryKey(),
  region: text('region').notNull(),
  kind: text('kind').$type<StoreKind>().notNull(),
  reach: text('reach').$type<StoreReach>().notNull(),
  description: text('description'),
  weight: integer('weight').notNull().default(0),
  position: integer('position').notNull().default(0),
  isDefault: boolean('is_default').notNull().default(false),
  readOnly: boolean('read_only').notNull().default(false),
  keyPrefix: text('key_prefix').notNull().default(''),
  identity: text('identity'),
  state: text('state').$type<StoreState>().notNull().default('new'),
  stateReason: text('state_reason'),
  locationUrl: text('location_url'),
  describes: text('describes').$type<'begun' | 'yes'>(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});
