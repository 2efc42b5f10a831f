import postgres from 'postgres';
import { expect, it } from 'vitest';
import { createTestDatabase } from './test-database.ts';

it('gives each suite a database of its own and removes it under open connections', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const sql = postgres(one.url, { max: 1 });
  await sql`CREATE TABLE mine (n int)`;
  const other = postgres(two.url, { max: 1 });
  await expect(other`SELECT * FROM mine`).rejects.toMatchObject({ code: '42P01' });
  await one.drop();
  await expect(postgres(one.url, { max: 1 })`SELECT 1`).rejects.toMatchObject({ code: '3D000' });
  await Promise.all([sql.end({ timeout: 1 }), other.end(), two.drop()]);
});
