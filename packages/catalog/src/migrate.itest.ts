import { readdir } from 'node:fs/promises';
import { getTableName, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import * as schema from './schema/index.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end({ timeout: 5 });
  await database.drop();
});

it('is done once by processes that start together', async () => {
  await Promise.all(Array.from({ length: 5 }, () => migrate(database.url)));
  await migrate(database.url);
  const rows = await sql<{ name: string }[]>`SELECT name FROM schema_migration ORDER BY name`;
  const files = await readdir(new URL('migrations/', import.meta.url));
  expect(rows.map(({ name }) => name)).toEqual(files.sort());
});

it('leaves migrations of a newer version alone', async () => {
  await sql`INSERT INTO schema_migration (name, checksum) VALUES ('9999-later.sql', 'x')`;
  await expect(migrate(database.url)).resolves.toBeUndefined();
});

it('refuses a migration that was changed after it was applied', async () => {
  const [row] = await sql`SELECT checksum FROM schema_migration WHERE name = '0001-initial.sql'`;
  await sql`UPDATE schema_migration SET checksum = 'x' WHERE name = '0001-initial.sql'`;
  await expect(migrate(database.url)).rejects.toMatchObject({ code: 'internal' });
  await sql`UPDATE schema_migration SET checksum = ${row?.['checksum']} WHERE name = '0001-initial.sql'`;
});

it('is unavailable, not internal, when nobody listens', async () => {
  await expect(migrate('postgres://nobody@127.0.0.1:1/none')).rejects.toMatchObject({
    code: 'unavailable',
  });
});

it('describes in the schema exactly the tables that the migrations make', async () => {
  const rows = await sql<{ table_name: string; column: string }[]>`
    SELECT table_name, column_name || ' ' || CASE WHEN data_type = 'ARRAY' THEN ltrim(udt_name, '_') || '[]'
      WHEN data_type = 'timestamp with time zone' THEN 'timestamp with time zone' ELSE data_type END
      || CASE WHEN is_nullable = 'YES' THEN ' null' ELSE '' END
      || CASE WHEN column_default IS NOT NULL OR is_identity = 'YES' THEN ' default' ELSE '' END AS column
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'schema_migration'`;
  const made = new Map<string, string[]>();
  for (const { table_name: table, column } of rows) {
    made.set(table, [...(made.get(table) ?? []), column].sort());
  }
  const described = new Map<string, string[]>();
  for (const table of Object.values(schema)) {
    if (!is(table, PgTable)) continue;
    const columns = getTableConfig(table).columns.map((column) => {
      const nullable = column.notNull ? '' : ' null';
      return `${column.name} ${column.getSQLType()}${nullable}${column.hasDefault ? ' default' : ''}`;
    });
    described.set(getTableName(table), columns.sort());
  }
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(made));
});
