import type { Logger } from '@parallax/core';
import { runInTrace, startTrace } from '@parallax/runtime';
import type { MiddlewareHandler } from 'hono';
import type { GatewayContext, GatewayEnv } from '../env.ts';
import { requestIdFor } from './request-id.ts';
import type { RequestMetrics } from './request-metrics.ts';

export interface TelemetryOptions {
  readonly log: Logger;
  readonly metrics: RequestMetrics;
  draining(): boolean;
}

/** Outermost: request id, trace, access log, counts; and `Connection: close` while the process is leaving. */
export function telemetry(o: TelemetryOptions): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const began = performance.now();
    const { incoming, outgoing } = c.env;
    const requestId = requestIdFor(header(c, 'x-openstack-request-id'));
    const trace = startTrace(header(c, 'traceparent'), requestId);
    c.set('requestId', requestId);
    c.set('trace', trace);
    outgoing.setHeader('x-openstack-request-id', requestId);
    if (o.draining()) outgoing.setHeader('connection', 'close');
    await runInTrace(trace, async () => {
      await next();
      const ms = performance.now() - began;
      const route = c.get('route') ?? 'none';
      const { statusCode: status } = outgoing;
      const method = incoming.method ?? '';
      o.metrics.finished({ method, route, status, seconds: ms / 1000 });
      o.log.info({ method, status, route, ms: Math.round(ms * 10) / 10, ...about(c) }, 'request');
    });
  };
}

function about(c: GatewayContext): Readonly<Record<string, unknown>> {
  const { incoming, outgoing } = c.env;
  const identity = c.get('ctx')?.identity;
  return {
    // Without the query: it may hold what somebody took for a place to put a token.
    path: (incoming.url ?? '').split('?', 1)[0]?.slice(0, 512),
    remote: incoming.socket.remoteAddress,
    ...(identity === undefined ? {} : { user_id: identity.userId, project_id: identity.projectId }),
    ...(outgoing.destroyed && !outgoing.writableFinished ? { aborted: true } : {}),
  };
}

function header(c: GatewayContext, name: string): string | undefined {
  const value = c.env.incoming.headers[name];
  return typeof value === 'string' ? value : undefined;
}
