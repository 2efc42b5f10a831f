import type { Backend, BackendRole } from './backend.ts';
import type { QueueOptions } from './options.ts';
import { PostgresBackend } from './postgres-backend.ts';
import { RedisBackend } from './redis-backend.ts';
import { within } from './within.ts';

/** What the start of a process waits for a queue that is away; it reconnects later by itself. */
const START_WAIT_MS = 2_000;

/** Throws AppError when the server answers but must not be used as it is set up. */
export async function openBackend(o: QueueOptions, role: BackendRole): Promise<Backend> {
  const backend =
    o.redisUrl === undefined
      ? new PostgresBackend(o.databaseUrl, role)
      : new RedisBackend(o.redisUrl, o.log, role);
  try {
    if (!(await backend.check(START_WAIT_MS))) {
      o.log.warn({ role }, 'the queue is away; rows are found by the sweep until it answers');
    }
    return backend;
  } catch (cause) {
    await within(START_WAIT_MS, backend.close());
    throw cause;
  }
}
