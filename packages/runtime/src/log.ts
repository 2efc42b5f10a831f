import type { Logger } from '@parallax/core';
import { type DestinationStream, destination, pino } from 'pino';
import type { LogConfig } from './config/config.ts';
import { redactFields, redactText } from './redact.ts';
import { currentTrace } from './trace-context.ts';

const MAX_WAITING_BYTES = 16 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;
type Level = 'debug' | 'info' | 'warn' | 'error';
type Write = (level: Level, fields: Fields, message: string) => void;

/** A logger of this process, and the way to see its last lines out. */
export interface ProcessLogger extends Logger {
  child(fields: Fields): ProcessLogger;
  /** Writes what still waits, synchronously: before `process.exit`. */
  flush(): void;
}

/**
 * JSON lines on stdout, one per call whatever the message holds. Fields named like a secret are masked at any depth,
 * errors become plain fields, and `trace_id` and `request_id` of the surrounding trace are added.
 */
export function createLogger(
  config: LogConfig,
  name: string,
  to?: DestinationStream,
): ProcessLogger {
  // Asynchronous, so that a reader of our stdout that stalls cannot stop the process; then lines are lost, not memory.
  const out = to ?? destination({ fd: 1, sync: false, maxLength: MAX_WAITING_BYTES });
  const inner = pino(
    {
      level: config.level,
      base: { name, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      // Errors are plain fields already.
      serializers: { err: (value: unknown) => value },
    },
    out,
  );
  const write: Write = (level, fields, message) => {
    if (inner.isLevelEnabled(level)) inner[level](redactFields(fields), redactText(message));
  };
  const flush = (): void => {
    if ('flushSync' in out && typeof out.flushSync === 'function') out.flushSync();
  };
  return loggerOf(write, flush, {});
}

/** Fields of the call win over the child's, and those over the surroundings: one key is never written twice. */
function loggerOf(write: Write, flush: () => void, bound: Fields): ProcessLogger {
  const at =
    (level: Level) =>
    (fields: Fields, message: string): void =>
      write(level, { ...traceFields(), ...bound, ...fields }, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOf(write, flush, { ...bound, ...fields }),
    flush,
  };
}

function traceFields(): Fields {
  const trace = currentTrace();
  if (trace === undefined) return {};
  const { traceId, requestId } = trace;
  return requestId === undefined
    ? { trace_id: traceId }
    : { trace_id: traceId, request_id: requestId };
}
