import type { Catalog } from '@parallax/core';
import { connect } from './connection.ts';
import { Database } from './database.ts';
import { contents } from './repositories/contents.ts';
import { events } from './repositories/events.ts';
import { holds } from './repositories/holds.ts';
import { images } from './repositories/images.ts';
import { intents } from './repositories/intents.ts';
import { locations } from './repositories/locations.ts';
import { members } from './repositories/members.ts';
import { nodes } from './repositories/nodes.ts';
import { policies } from './repositories/policies.ts';
import { stores } from './repositories/stores.ts';
import { sweeps } from './repositories/sweeps.ts';
import { tasks } from './repositories/tasks.ts';
import { transfers } from './repositories/transfers.ts';

const STATEMENT_TIMEOUT_MS = 5_000;
const PING_IDLE_S = 30;

export interface CatalogOptions {
  readonly url: string;
  /** Connections at most; one more is opened for `ping`. */
  readonly pool: number;
  /** As Postgres shows it in pg_stat_activity. */
  readonly applicationName?: string;
  readonly statementTimeoutMs?: number;
}

/** A catalog on a migrated database. `unavailable` when it cannot be reached now. */
export async function openCatalog(o: CatalogOptions): Promise<Catalog> {
  const applicationName = o.applicationName ?? 'parallax';
  const statementTimeoutMs = o.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const settings = { applicationName, statementTimeoutMs };
  const pool = connect(o.url, { ...settings, pool: o.pool });
  const health = connect(o.url, { ...settings, pool: 1, idleTimeoutS: PING_IDLE_S });
  const catalog = new PostgresCatalog(new Database(pool), new Database(health), async () => {
    await Promise.all([pool.end(), health.end()]);
  });
  try {
    await catalog.ping();
  } catch (error) {
    await catalog.close();
    throw error;
  }
  return catalog;
}

class PostgresCatalog implements Catalog {
  readonly images: Catalog['images'];
  readonly members: Catalog['members'];
  readonly contents: Catalog['contents'];
  readonly locations: Catalog['locations'];
  readonly intents: Catalog['intents'];
  readonly transfers: Catalog['transfers'];
  readonly stores: Catalog['stores'];
  readonly nodes: Catalog['nodes'];
  readonly policies: Catalog['policies'];
  readonly holds: Catalog['holds'];
  readonly tasks: Catalog['tasks'];
  readonly events: Catalog['events'];
  readonly sweeps: Catalog['sweeps'];
  readonly #database: Database;
  readonly #health: Database;
  readonly #end: () => Promise<void>;

  constructor(database: Database, health: Database, end: () => Promise<void>) {
    this.#database = database;
    this.#health = health;
    this.#end = end;
    this.images = images(database);
    this.members = members(database);
    this.contents = contents(database);
    this.locations = locations(database);
    this.intents = intents(database);
    this.transfers = transfers(database);
    this.stores = stores(database);
    this.nodes = nodes(database);
    this.policies = policies(database);
    this.holds = holds(database);
    this.tasks = tasks(database);
    this.events = events(database);
    this.sweeps = sweeps(database);
  }

  transaction<T>(work: (tx: Catalog) => Promise<T>): Promise<T> {
    if (this.#database.inTransaction) return work(this);
    return this.#database.transaction((database) =>
      work(new PostgresCatalog(database, this.#health, this.#end)),
    );
  }

  async ping(): Promise<void> {
    await this.#health.rows('SELECT 1');
  }

  close(): Promise<void> {
    return this.#end();
  }
}
