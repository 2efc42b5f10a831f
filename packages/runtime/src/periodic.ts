import type { Logger } from '@parallax/core';
import type { Counter, Metrics } from './metrics.ts';

export interface PeriodicOptions {
  /** Label of the metrics and field of the log. */
  readonly name: string;
  /** From the end of one pass to the beginning of the next; 0: at once. */
  readonly everyMs: number;
  /** Share by which the wait is spread, so that nodes do not march in step. Default 0.1. */
  readonly jitter?: number;
  /** A pass that takes longer is reported, again after each further limit. Default 60 s. */
  readonly limitMs?: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  readonly passes?: PassCounters;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** Shared by all periodic passes of a process. */
export interface PassCounters {
  readonly ended: Counter<'pass' | 'outcome'>;
  readonly overdue: Counter<'pass'>;
}

export function passCounters(metrics: Metrics): PassCounters {
  return {
    ended: metrics.counter({
      name: 'parallax_passes_total',
      help: 'Periodic passes that ended, by outcome.',
      labels: ['pass', 'outcome'],
    }),
    overdue: metrics.counter({
      name: 'parallax_passes_overdue_total',
      help: 'Times a periodic pass was found running beyond its limit.',
      labels: ['pass'],
    }),
  };
}

export interface Periodic {
  /** A pass as soon as may be: now, or right after the one that runs. */
  wake(): void;
  /** Begins no further pass, aborts the signal of the one that runs and waits for it. */
  stop(): Promise<void>;
}

/** Runs a pass now and then for ever, never two at a time. A failed pass is logged and counted; the next one comes all the same. */
export function startPeriodic(o: PeriodicOptions): Periodic {
  const stopped = new AbortController();
  let asked = false;
  let rouse = (): void => {};
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      asked = false;
      await runPass(o, stopped.signal);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, asked ? 0 : spread(o));
        rouse = () => {
          clearTimeout(timer);
          resolve();
        };
        if (stopped.signal.aborted) rouse();
      });
    }
  };
  const ended = loop();
  return {
    wake: () => {
      asked = true;
      rouse();
    },
    stop: () => {
      stopped.abort();
      rouse();
      return ended;
    },
  };
}

function spread({ everyMs, jitter = 0.1, random = Math.random }: PeriodicOptions): number {
  return everyMs * (1 + jitter * (2 * random() - 1));
}

async function runPass(o: PeriodicOptions, signal: AbortSignal): Promise<void> {
  const { name: pass, limitMs = 60_000, log, passes } = o;
  const began = performance.now();
  const watch = setInterval(() => {
    passes?.overdue.inc({ pass });
    log.error({ pass, ms: Math.round(performance.now() - began) }, 'periodic pass is overdue');
  }, limitMs);
  try {
    await o.run(signal);
    passes?.ended.inc({ pass, outcome: 'ok' });
  } catch (err) {
    // Aborted by us: no news.
    if (signal.aborted) return;
    passes?.ended.inc({ pass, outcome: 'failed' });
    log.error({ pass, err }, 'periodic pass failed');
  } finally {
    clearInterval(watch);
  }
}
