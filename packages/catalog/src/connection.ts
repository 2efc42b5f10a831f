import { createConnection, type Socket } from 'node:net';
import postgres, { type ParsedOptions, type Sql } from 'postgres';

const CONNECT_TIMEOUT_S = 5;
const IDLE_IN_TRANSACTION_MS = 30_000;
/** Kept as text: drizzle needs it so, and repositories parse dates themselves. */
const TIMESTAMPTZ = 1184;

export interface ConnectionOptions {
  readonly pool: number;
  readonly applicationName: string;
  /** 0: none. */
  readonly statementTimeoutMs: number;
  /** A connection that owes an answer for so long is given up; 0: never. */
  readonly silenceMs: number;
  /** Absent: connections are kept. */
  readonly idleTimeoutS?: number;
}

/** A pool on `url`. Nothing is connected before the first statement. */
export function connect(url: string, o: ConnectionOptions): Sql {
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
    ...(o.silenceMs > 0 ? { socket: guardedSockets(o.silenceMs) } : {}),
  });
  sql.options.parsers[TIMESTAMPTZ] = (text: string) => text;
  return sql;
}

type Place = Pick<ParsedOptions, 'host' | 'port'> & { readonly path?: string | (() => unknown) };

/**
 * TCP alone notices a vanished server only after minutes, and until then every statement sent on that connection waits.
 * These sockets end themselves when they were written to and nothing came back.
 */
function guardedSockets(silenceMs: number): (place: Place) => Socket {
  let turn = 0;
  return ({ host, port, path }) => {
    if (typeof path === 'string') return guard(createConnection({ path }), silenceMs);
    const at = turn++ % host.length;
    const [name = 'localhost', number = 5432] = [host[at], port[at]];
    const socket = createConnection({ host: name, port: number });
    socket.setNoDelay(true);
    // postgres.js verifies the server's certificate against this property.
    return guard(Object.assign(socket, { host: name, port: number }), silenceMs);
  };
}

function guard(socket: Socket, silenceMs: number): Socket {
  let seen = { read: 0, written: 0 };
  let owed = false;
  const timer = setInterval(() => {
    const now = { read: socket.bytesRead, written: socket.bytesWritten };
    const silent = now.read === seen.read;
    if (silent && owed) socket.destroy(silence());
    owed = silent && (owed || now.written > seen.written);
    seen = now;
  }, silenceMs / 2);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
  return socket;
}

function silence(): Error {
  return Object.assign(new Error('the database stopped answering'), { code: 'ETIMEDOUT' });
}
