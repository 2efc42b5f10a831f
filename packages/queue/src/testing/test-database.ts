import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    testDatabaseServer: string;
  }
}

/** Runs one statement and ends the connection. */
export async function execute(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** An empty database in the run's server; the suite drops it. Adapters do not see each other, so this one is the queue's own. */
export async function createQueueDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = inject('testDatabaseServer');
  const name = `queue_${randomBytes(8).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const drop = async () => {
    await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return { url: url.href, drop };
}
