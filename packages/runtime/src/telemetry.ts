import {
  type Attributes,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { isAppError, type Logger } from '@parallax/core';
import type { Environment } from './config/load-config.ts';
import {
  currentTrace,
  parseTraceparent,
  runInTrace,
  startTrace,
  type TraceContext,
} from './trace-context.ts';

const TRACER = 'parallax';

export interface SpanOptions {
  /** Traceparent this continues; default: the surrounding trace, else a new one. */
  readonly parent?: string | null | undefined;
  readonly requestId?: string | undefined;
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Never a secret, never bytes of a user. */
  readonly attributes?: Attributes;
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/**
 * Runs `work` as a step of a trace: its log lines carry the trace id and `traceparent()` names the step, with or without
 * an OpenTelemetry SDK. With one registered the step is also a real span, failed when `work` rejects.
 */
export function withSpan<T>(
  name: string,
  o: SpanOptions,
  work: (step: TraceContext) => Promise<T>,
): Promise<T> {
  const outer = currentTrace();
  const step =
    o.parent === undefined && outer !== undefined
      ? {
          ...startTrace(undefined, o.requestId ?? outer.requestId),
          traceId: outer.traceId,
          sampled: outer.sampled,
        }
      : startTrace(o.parent, o.requestId);
  if (!hasSdk()) return runInTrace(step, () => work(step));
  const parentId = o.parent === undefined ? outer?.spanId : parentSpanId(o.parent);
  return recordSpan({ name, o, step, parentId }, work);
}

function parentSpanId(parent: string | null): string | undefined {
  return parseTraceparent(parent)?.spanId;
}

function recordSpan<T>(
  {
    name,
    o,
    step,
    parentId,
  }: {
    readonly name: string;
    readonly o: SpanOptions;
    readonly step: TraceContext;
    readonly parentId: string | undefined;
  },
  work: (step: TraceContext) => Promise<T>,
): Promise<T> {
  const context =
    parentId === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          traceId: step.traceId,
          spanId: parentId,
          traceFlags: step.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
          isRemote: true,
        });
  const options = { kind: KINDS[o.kind ?? 'internal'], attributes: o.attributes ?? {} };
  return trace.getTracer(TRACER).startActiveSpan(name, options, context, async (span) => {
    const { traceId, spanId, traceFlags } = span.spanContext();
    const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    const real = { traceId, spanId, sampled, requestId: step.requestId };
    try {
      return await runInTrace(real, () => work(real));
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Only the code: messages and stacks of foreign errors may quote secrets. */
function fail(span: Span, error: unknown): void {
  const code = isAppError(error) ? error.code : error instanceof Error ? error.name : 'unknown';
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** An SDK that registers itself later (`node --import`) is seen too. */
function hasSdk(): boolean {
  const provider = trace.getTracerProvider();
  return (
    !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(TRACER) !== undefined
  );
}

interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

/**
 * Exports spans when the environment names an OTLP endpoint or an exporter and `@opentelemetry/sdk-node` is installed
 * beside Parallax (it is none of its dependencies). Returns how to flush and end it; does nothing otherwise.
 */
export async function startTelemetry(o: {
  readonly env: Environment;
  readonly service: string;
  readonly log: Logger;
}): Promise<() => Promise<void>> {
  const { env, service, log } = o;
  const wanted =
    env['OTEL_SDK_DISABLED'] !== 'true' &&
    (env['OTEL_EXPORTER_OTLP_ENDPOINT'] ??
      env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ??
      env['OTEL_TRACES_EXPORTER'] ??
      '') !== '';
  if (!wanted || env['OTEL_TRACES_EXPORTER'] === 'none' || hasSdk()) return async () => {};
  const sdk = await loadSdk(env['OTEL_SERVICE_NAME'] ?? service);
  if (sdk === undefined) {
    log.warn({}, 'OTEL_* asks for traces, but @opentelemetry/sdk-node is not installed');
    return async () => {};
  }
  sdk.start();
  return () => sdk.shutdown();
}

async function loadSdk(serviceName: string): Promise<Sdk | undefined> {
  // A variable, because the types of a package that is not installed cannot be resolved.
  const name = '@opentelemetry/sdk-node';
  try {
    // The part of its documented interface we use.
    const { NodeSDK } = (await import(name)) as {
      NodeSDK: new (o: { serviceName: string }) => Sdk;
    };
    return new NodeSDK({ serviceName });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')
      return undefined;
    throw error;
  }
}
