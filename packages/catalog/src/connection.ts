import { createConnection, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import postgres, { type ParsedOptions, type Sql } from 'postgres';
import { Places } from './places.ts';

const CONNECT_TIMEOUT_S = 5;
const IDLE_IN_TRANSACTION_MS = 30_000;
const SLACK_MS = 500;
const END_S = 5;
/** Who has not got a place by then is asked to come again, before the statement itself may take its time. */
const PLACE_MS = 1_000;
/** Kept as text: drizzle needs it so, and repositories parse dates themselves. */
const TIMESTAMPTZ = 1184;

export interface ConnectionOptions {
  readonly pool: number;
  readonly applicationName: string;
  /** 0: none. */
  readonly statementTimeoutMs: number;
  /** Absent: connections are kept. */
  readonly idleTimeoutS?: number;
}

export interface Pool {
  readonly sql: Sql;
  /** Half of the connections: statements of any cost never take those that everyday ones need. */
  readonly costly: Places;
  /**
   * Ends the connections over which nothing comes for longer than any statement may take. TCP notices a vanished server
   * only after minutes, and until then whatever is sent there waits. Idle connections go as well, and are made anew.
   */
  giveUpSilent(): void;
  /** How long a statement may take to wait for a connection and to be answered. */
  readonly deadlineMs: number;
  /** Lets statements under way finish for a few seconds. */
  end(): Promise<void>;
}

/** A pool on `url`. Nothing is connected before the first statement. */
export function connect(url: string, o: ConnectionOptions): Pool {
  const sockets = new Sockets();
  // postgres.js takes its sockets from here; its types do not say so.
  const undocumented = { socket: (place: Place) => sockets.open(place) };
  const sql = postgres(url, {
    max: o.pool,
    connect_timeout: CONNECT_TIMEOUT_S,
    ...(o.idleTimeoutS === undefined ? {} : { idle_timeout: o.idleTimeoutS }),
    // A refused connection is tried again soon: whoever waits for it has a deadline of his own.
    backoff: (retries: number) => Math.min(0.05 * 2 ** retries, 1),
    fetch_types: false,
    onnotice: () => {},
    connection: {
      application_name: o.applicationName,
      statement_timeout: o.statementTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      TimeZone: 'UTC',
    },
    ...undocumented,
  });
  sql.options.parsers[TIMESTAMPTZ] = (text: string) => text;
  return {
    sql,
    costly: new Places({ places: Math.max(1, Math.floor(o.pool / 2)), patienceMs: PLACE_MS }),
    deadlineMs: o.statementTimeoutMs + CONNECT_TIMEOUT_S * 1_000,
    giveUpSilent: () => sockets.endSilent(o.statementTimeoutMs + SLACK_MS),
    end: async () => {
      await sql.end({ timeout: END_S });
      sockets.end();
    },
  };
}

type Place = Pick<ParsedOptions, 'host' | 'port'> & { readonly path?: string | (() => unknown) };

class Sockets {
  readonly #open = new Set<Socket>();
  #turn = 0;
  #refused = 0;
  #watching = false;
  #ended = false;

  async open(place: Place): Promise<Socket> {
    // A proxy without a server behind it accepts and hangs up: postgres.js would try again at once, without end.
    if (this.#refused > 0) await pause(Math.min(25 * 2 ** this.#refused, 1_000));
    const socket = this.#connect(place);
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#refused = socket.bytesRead === 0 ? Math.min(this.#refused + 1, 10) : 0;
    });
    if (this.#ended) socket.destroy();
    return socket;
  }

  #connect({ host, port, path }: Place): Socket {
    if (typeof path === 'string') return createConnection({ path });
    const at = this.#turn++ % host.length;
    const [name = 'localhost', number = 5432] = [host[at], port[at]];
    const socket = createConnection({ host: name, port: number, noDelay: true });
    // postgres.js verifies the server's certificate against this property.
    return Object.assign(socket, { host: name });
  }

  endSilent(afterMs: number): void {
    if (this.#watching) return;
    this.#watching = true;
    const before = [...this.#open].map((socket) => ({ socket, read: socket.bytesRead }));
    setTimeout(() => {
      this.#watching = false;
      for (const { socket, read } of before) {
        if (socket.bytesRead === read) socket.destroy(silence());
      }
    }, afterMs).unref();
  }

  end(): void {
    this.#ended = true;
    for (const socket of this.#open) socket.destroy();
  }
}

function silence(): Error {
  return Object.assign(new Error('the database stopped answering'), { code: 'ETIMEDOUT' });
}
