import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '@parallax/core';
import type { TransactionSql } from 'postgres';
import { connect } from './connection.ts';
import { translate } from './translate.ts';

/** Seen from src and from dist alike: the SQL stays where it was written. */
const FOLDER = new URL('../src/migrations/', import.meta.url);
/** Any number, as long as every version of the product uses the same. */
const MIGRATION_LOCK = 7_420_001;
const LOCK_WAIT_MS = 120_000;

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/**
 * Brings the database up to date. Idempotent; of several processes starting at once one does the work and the others wait.
 * Migrations the database has and this version does not know are left alone: a newer version runs beside this one.
 */
export async function migrate(url: string): Promise<void> {
  const pool = connect(url, {
    pool: 1,
    applicationName: 'parallax-migrate',
    statementTimeoutMs: 0,
  });
  try {
    // All or nothing, and the lock ends with the transaction, whatever becomes of this process or its connection.
    await pool.sql.begin(async (tx) => {
      await tx.unsafe(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
      await tx.unsafe(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await tx.unsafe(`CREATE TABLE IF NOT EXISTS schema_migration (
        name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
      for (const migration of await readMigrations()) await apply(tx, migration);
    });
  } catch (error) {
    throw translate(error);
  } finally {
    await pool.end();
  }
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, FOLDER), 'utf8');
      const checksum = createHash('sha256').update(text).digest('hex');
      return { name, text, checksum };
    }),
  );
}

async function apply(tx: TransactionSql, { name, text, checksum }: Migration): Promise<void> {
  const [applied] = await tx<{ checksum: string }[]>`
    SELECT checksum FROM schema_migration WHERE name = ${name}`;
  if (applied !== undefined) {
    if (applied.checksum === checksum) return;
    throw new AppError('internal', `migration ${name} was changed after it had been applied`);
  }
  await tx.unsafe(text);
  await tx`INSERT INTO schema_migration (name, checksum) VALUES (${name}, ${checksum})`;
}
