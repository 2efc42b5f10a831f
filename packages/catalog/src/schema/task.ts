import type { Task, TaskStatus } from '@parallax/core';
import { jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';

export const tasks = pgTable('task', {
  id: text('id').primaryKey(),
  type: text('type').$type<Task['type']>().notNull(),
  status: text('status').$type<TaskStatus>().notNull(),
  owner: text('owner'),
  imageId: text('image_id').notNull(),
  requestId: text('request_id').notNull(),
  userId: text('user_id').notNull(),
  input: jsonb('input').$type<Task['input']>().notNull(),
  result: jsonb('result').$type<NonNullable<Task['result']>>(),
  message: text('message').notNull().default(''),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
  expiresAt: instant('expires_at'),
});
