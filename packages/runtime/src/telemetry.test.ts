import {
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AppError, type Logger } from '@parallax/core';
import { afterEach, expect, it, vi } from 'vitest';
import { startTelemetry, withSpan } from './telemetry.ts';
import {
  currentTrace,
  formatTraceparent,
  parseTraceparent,
  startTrace,
  traceparent,
} from './trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

afterEach(() => trace.disable());

it.each([
  [`00-${TRACE}-${SPAN}-01`, { traceId: TRACE, spanId: SPAN, sampled: true }],
  [`00-${TRACE}-${SPAN}-00`, { traceId: TRACE, spanId: SPAN, sampled: false }],
  [`cc-${TRACE}-${SPAN}-01-what-comes-later`, { traceId: TRACE, spanId: SPAN, sampled: true }],
  [`00-${TRACE}-${SPAN}-01-more`, undefined],
  [`ff-${TRACE}-${SPAN}-01`, undefined],
  [`00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
  [`00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
  [`00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
  ['', undefined],
  [undefined, undefined],
])('reads traceparent %s', (header, expected) => {
  expect(parseTraceparent(header)).toEqual(expected);
});

it('writes what it reads', () => {
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, sampled: true })).toBe(
    `00-${TRACE}-${SPAN}-01`,
  );
});

it('draws different ids', () => {
  const ids = new Set(Array.from({ length: 1000 }, () => startTrace().traceId));
  expect(ids.size).toBe(1000);
});

it('continues the given trace with a step of its own', async () => {
  await withSpan('job', { parent: `00-${TRACE}-${SPAN}-01` }, async (step) => {
    expect(step.traceId).toBe(TRACE);
    expect(step.spanId).not.toBe(SPAN);
    expect(traceparent()).toBe(formatTraceparent(step));
  });
});

it('nests in the surrounding trace and keeps its request', async () => {
  await withSpan('outer', { requestId: 'req-1' }, async (outer) => {
    await withSpan('inner', {}, async (inner) => {
      expect(inner).toMatchObject({ traceId: outer.traceId, requestId: 'req-1' });
      expect(inner.spanId).not.toBe(outer.spanId);
    });
    expect(currentTrace()).toEqual(outer);
  });
  expect(currentTrace()).toBeUndefined();
});

it('begins a new trace where the parent is rubbish', async () => {
  await withSpan('job', { parent: 'rubbish' }, async (step) => {
    expect(step.traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});

function registerSdk() {
  const started: { name: string; options: SpanOptions; parent: string | undefined }[] = [];
  const span = {
    spanContext: () => ({ traceId: TRACE, spanId: SPAN, traceFlags: 1 }),
    setAttribute: vi.fn(),
    setStatus: vi.fn(),
    end: vi.fn(),
  };
  const startActiveSpan = (
    name: string,
    options: SpanOptions,
    context: never,
    work: (s: Span) => unknown,
  ) => {
    started.push({ name, options, parent: trace.getSpanContext(context)?.spanId });
    // Only what withSpan calls.
    return work(span as unknown as Span);
  };
  const tracer = { startActiveSpan } as unknown as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return { started, span };
}

it('uses real spans once an SDK is registered', async () => {
  const { started, span } = registerSdk();
  const parent = `00-${TRACE}-00f067aa0ba902b7-01`;
  await withSpan(
    'job',
    { parent, kind: 'consumer', attributes: { store: 'east-1' } },
    async (step) => {
      expect(step).toMatchObject({ traceId: TRACE, spanId: SPAN, sampled: true });
      expect(traceparent()).toBe(`00-${TRACE}-${SPAN}-01`);
    },
  );
  expect(started).toMatchObject([
    { name: 'job', parent: '00f067aa0ba902b7', options: { kind: 4 } },
  ]);
  expect(span.end).toHaveBeenCalledOnce();
});

it('begins a root span where the parent is rubbish', async () => {
  const { started } = registerSdk();
  await withSpan(
    'job',
    { parent: `00-${INVALID_SPAN_CONTEXT.traceId}-${SPAN}-01` },
    async () => {},
  );
  expect(started[0]?.parent).toBeUndefined();
});

it('marks the span of a failed step with the code and rejects as the step did', async () => {
  const { span } = registerSdk();
  const failed = withSpan('job', {}, async () => {
    throw new AppError('conflict', 'secret inside');
  });
  await expect(failed).rejects.toMatchObject({ code: 'conflict' });
  expect(span.setStatus).toHaveBeenCalledWith({ code: 2, message: 'conflict' });
  expect(span.end).toHaveBeenCalledOnce();
});

it('says so when traces are asked for and no SDK is installed', async () => {
  const warn = vi.fn();
  const log: Logger = { debug: warn, info: warn, warn, error: warn, child: () => log };
  const stop = await startTelemetry({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' },
    service: 'gateway',
    log,
  });
  await stop();
  expect(warn).toHaveBeenCalledOnce();
  await startTelemetry({ env: {}, service: 'gateway', log });
  expect(warn).toHaveBeenCalledOnce();
});
