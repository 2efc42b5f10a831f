import cluster, { type Worker } from 'node:cluster';
import type { Metrics, ProcessLogger, Shutdown } from '@parallax/runtime';

const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;
/** A child that lived so long has not died of its start. */
const STEADY_MS = 60_000;
/** For children to drain: notice, requests, everything else. */
const CHILDREN_MS = 55_000;
/** The message that asks a child to end; signals would reach it twice when a terminal sends them to the group. */
const LEAVE = 'parallax:leave';
/** The message that has a child look at its files. */
export const RELOAD = 'parallax:reload';

export interface SuperviseOptions {
  readonly processes: number;
  readonly log: ProcessLogger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
}

/** The primary of a cluster: starts children, starts dead ones again with growing waits, ends all. It serves nothing itself. */
export function supervise({ processes, log, metrics, shutdown }: SuperviseOptions): void {
  const restarts = metrics.counter({
    name: 'parallax_process_restarts_total',
    help: 'Gateway processes that died and were started again.',
  });
  const timers = new Set<NodeJS.Timeout>();
  const start = (backoffMs: number): void => {
    const began = performance.now();
    const child = cluster.fork();
    child.once('exit', (code, signal) => {
      if (shutdown.signal.aborted) return;
      const steady = performance.now() - began > STEADY_MS;
      const waitMs = steady ? FIRST_BACKOFF_MS : backoffMs;
      log.error({ pid: child.process.pid, code, signal, waitMs }, 'gateway process died');
      restarts.inc();
      const timer = setTimeout(() => {
        timers.delete(timer);
        start(Math.min(waitMs * 2, MAX_BACKOFF_MS));
      }, waitMs);
      timers.add(timer);
    });
  };
  for (let i = 0; i < processes; i += 1) start(FIRST_BACKOFF_MS);
  const reload = (): void => {
    for (const child of Object.values(cluster.workers ?? {})) {
      if (child?.isConnected() === true) child.send(RELOAD);
    }
  };
  process.on('SIGHUP', reload);
  shutdown.onShutdown(
    'children',
    async ({ signal }) => {
      for (const timer of timers) clearTimeout(timer);
      const children = Object.values(cluster.workers ?? {}).filter((child) => child !== undefined);
      await Promise.all(children.map((child) => end(child, signal)));
    },
    CHILDREN_MS,
  );
}

function end(child: Worker, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    signal.addEventListener('abort', () => child.process.kill('SIGKILL'), { once: true });
    if (child.isConnected()) child.send(LEAVE);
    else child.process.kill('SIGTERM');
  });
}

/** In a child: ends in order when the primary asks. Terminal signals reach the whole group, and the primary passes them on. */
export function obeyPrimary(shutdown: Shutdown): void {
  process.on('message', (message) => {
    if (message === LEAVE) void shutdown.begin('primary');
  });
}
