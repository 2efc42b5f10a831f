import { AppError } from '@parallax/core';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Sql, TransactionSql } from 'postgres';
import type { Pool } from './connection.ts';
import { translate } from './translate.ts';

export type Parameter = string | number | boolean | null | Uint8Array;
/** Typed queries for what is asked seldom. It sends every statement unprepared. */
export type Orm = PostgresJsDatabase;

const TRANSACTION_DEADLINE_MS = 30_000;

interface Bound {
  readonly sql: Sql | TransactionSql;
  readonly orm: () => Orm;
}

/** The pool, or the one connection of an open transaction: repositories cannot tell the difference. */
export class Database {
  readonly #pool: Pool;
  readonly #bound: Bound;
  readonly inTransaction: boolean;

  constructor(pool: Pool, transaction?: TransactionSql) {
    this.#pool = pool;
    this.inTransaction = transaction !== undefined;
    let orm: Orm | undefined;
    const sql = transaction ?? pool.sql;
    this.#bound = { sql, orm: () => (orm ??= ormOn(pool.sql, sql)) };
  }

  /** One statement, prepared on each connection at its first use: `text` must be one of few. Rows are what the text selects. */
  rows<Row>(text: string, parameters: readonly Parameter[] = []): Promise<readonly Row[]> {
    return this.#rows(text, parameters, true);
  }

  /** Like `rows`, for a text that will hardly come again: nothing is kept for it, and its cost is not known. */
  rowsOnce<Row>(text: string, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    const ask = (): Promise<readonly Row[]> => this.#rows(text, parameters, false);
    // Inside a transaction a connection is held already.
    return this.inTransaction ? ask() : this.#pool.costly.run(ask);
  }

  /** The first row, if any. */
  async first<Row>(text: string, parameters?: readonly Parameter[]): Promise<Row | undefined> {
    return (await this.rows<Row>(text, parameters))[0];
  }

  async #rows<Row>(
    text: string,
    parameters: readonly Parameter[],
    prepare: boolean,
  ): Promise<readonly Row[]> {
    const query = this.#bound.sql.unsafe(text, [...parameters], { prepare });
    // postgres.js keeps the origin of every failed statement for ever, to show it in stacks nobody reads.
    Object.defineProperty(query, 'origin', { value: '' });
    const rows = await within(query, this.#pool.deadlineMs, () => {
      if (!drop(query)) this.#pool.giveUpSilent();
    });
    return rows as unknown as readonly Row[]; // The statement and its row type stand side by side in one repository.
  }

  /** One query that drizzle builds. */
  async cold<T>(query: (orm: Orm) => PromiseLike<T>): Promise<T> {
    return within(query(this.#bound.orm()), this.#pool.deadlineMs, this.#pool.giveUpSilent);
  }

  /** A nested call joins the outer one. */
  async transaction<T>(work: (database: Database) => Promise<T>): Promise<T> {
    if (this.inTransaction) return work(this);
    // Boxed, because postgres.js would await the elements of an array.
    const done = this.#pool.sql.begin('read write', async (tx) => ({
      value: await work(new Database(this.#pool, tx)),
    }));
    return (await within(done, TRANSACTION_DEADLINE_MS, this.#pool.giveUpSilent)).value;
  }
}

function ormOn(pool: Sql, sql: Sql | TransactionSql): Orm {
  // drizzle reads the parsers from the client's options, which postgres.js gives to the pool only.
  const client: unknown = 'options' in sql ? sql : Object.assign(sql, { options: pool.options });
  return drizzle(client as Sql);
}

/** A statement that still waits for a connection is not sent any more. False for one that was sent: the server ends it, if it can. */
function drop(query: { cancel(): void }): boolean {
  if (!('state' in query) || query.state !== null) return false;
  query.cancel();
  return true;
}

function within<T>(work: PromiseLike<T>, deadlineMs: number, late: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new AppError('unavailable', 'the database did not answer in time', { retryAfterMs: 1_000 }),
      );
      late();
    }, deadlineMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(translate(error));
      },
    );
  });
}
