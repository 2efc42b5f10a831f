import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** Where we are in a trace, as W3C Trace Context has it. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** For the log lines of one request. */
  readonly requestId?: string | undefined;
}

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const surrounding = new AsyncLocalStorage<TraceContext>();

/** What a `traceparent` header says; undefined when it is absent or not valid. Later versions are read as version 00. */
export function parseTraceparent(header: string | null | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags, rest] = HEADER.exec(header ?? '') ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags ?? '', 16) & 1) === 1 };
}

export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

/** A new step of the trace that `parent` (a traceparent) names, or of a new trace. */
export function startTrace(parent?: string | null, requestId?: string): TraceContext {
  const from = parseTraceparent(parent);
  return {
    traceId: from?.traceId ?? randomHex(16),
    spanId: randomHex(8),
    sampled: from?.sampled ?? true,
    requestId,
  };
}

/** The trace of the surrounding `runInTrace` or `withSpan`. */
export function currentTrace(): TraceContext | undefined {
  return surrounding.getStore();
}

/** The traceparent to send along with what is done here; undefined outside of any trace. */
export function traceparent(): string | undefined {
  const trace = currentTrace();
  return trace === undefined ? undefined : formatTraceparent(trace);
}

/** Runs `work` so that log lines and `traceparent()` within it, also after awaits, belong to `trace`. */
export function runInTrace<T>(trace: TraceContext, work: () => T): T {
  return surrounding.run(trace, work);
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Ids only have to differ; drawing them in bulk costs a fifth of one call each. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
