import { AppError, isAppError, type Logger } from '@parallax/core';
import type { ErrorHandler } from 'hono';
import type { GatewayEnv } from '../env.ts';
import { reply } from '../reply.ts';
import { errorPage } from '../wire/error-page.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** The only place where an error becomes a status. What is no AppError is a bug: a constant 500, logged and counted. */
export function errorHandler(o: {
  readonly log: Logger;
  readonly metrics: RequestMetrics;
}): ErrorHandler<GatewayEnv> {
  return (err, c) => {
    const { incoming, outgoing } = c.env;
    const gone = outgoing.destroyed || outgoing.closed;
    const error = isAppError(err) ? err : asBugOr(gone, err);
    if (error.status >= 500 && !gone) {
      if (error.code === 'internal') o.metrics.unexpected();
      const fields = { err, code: error.code, context: error.context, route: c.get('route') };
      o.log.error(fields, 'request failed');
    }
    // Part of another response is out already: the client must not take it for complete.
    if (outgoing.headersSent) {
      outgoing.destroy();
      incoming.destroy();
    }
    return reply(c, errorPage(error, incoming.headers.accept));
  };
}

/** Streams fail in many ways when the client leaves; none of them is ours. */
function asBugOr(gone: boolean, cause: unknown): AppError {
  return new AppError(gone ? 'cancelled' : 'internal', undefined, { cause });
}
