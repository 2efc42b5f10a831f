import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CorsConfig } from '@parallax/runtime';
import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from '../env.ts';
import { reply } from '../reply.ts';

/** Browsers send them without asking (Fetch standard, and what oslo.middleware counts among them). */
const SIMPLE_HEADERS = [
  'Accept',
  'Accept-Language',
  'Content-Type',
  'Cache-Control',
  'Content-Language',
  'Expires',
  'Last-Modified',
  'Pragma',
];

/** Lets pages of allowed origins read every answer, refusals too: else they could not tell 401 from a dead server. */
export function cors(config: CorsConfig | undefined): MiddlewareHandler<GatewayEnv> {
  return (c, next) => {
    if (config !== undefined) {
      const { incoming, outgoing } = c.env;
      const allowed = allowOrigin(config, incoming, outgoing);
      if (allowed && incoming.method !== 'OPTIONS' && config.exposeHeaders.length > 0) {
        outgoing.setHeader('access-control-expose-headers', config.exposeHeaders.join(','));
      }
    }
    return next();
  };
}

/**
 * Answers OPTIONS: 200 without a body on every path and without a token, as Glance does. What a browser may not do, or what was no
 * preflight, is not refused; the answer only has no permission in it.
 */
export function options(config: CorsConfig | undefined): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const { incoming, outgoing } = c.env;
    if (incoming.method !== 'OPTIONS') {
      await next();
      return;
    }
    c.set('route', 'options');
    const permission = config === undefined ? undefined : permissionFor(config, incoming);
    if (permission === undefined) {
      outgoing.removeHeader('access-control-allow-origin');
      outgoing.removeHeader('access-control-allow-credentials');
    }
    return reply(c, { status: 200, ...(permission === undefined ? {} : { headers: permission }) });
  };
}

/** Also says to caches that the answer depends on who asks, when it does. */
function allowOrigin(
  { allowedOrigins, allowCredentials }: CorsConfig,
  { headers: { origin } }: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  const everyone = allowedOrigins.includes('*');
  if (!everyone) outgoing.setHeader('vary', 'Origin');
  if (origin === undefined || !(everyone || allowedOrigins.includes(origin))) return false;
  outgoing.setHeader('access-control-allow-origin', everyone ? '*' : origin);
  if (allowCredentials && !everyone) {
    outgoing.setHeader('access-control-allow-credentials', 'true');
  }
  return true;
}

/** Undefined when the method or one of the headers is not allowed. Every value is one of the configuration's, never the client's own text. */
function permissionFor(
  { allowMethods, allowHeaders, maxAgeSeconds }: CorsConfig,
  { headers }: IncomingMessage,
): Record<string, string> | undefined {
  const method = headers['access-control-request-method'];
  if (method === undefined || !allowMethods.includes(method)) return undefined;
  const asked = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const known = [...SIMPLE_HEADERS, ...allowHeaders].map((name) => name.toLowerCase());
  if (!asked.every((name) => known.includes(name))) return undefined;
  return {
    'access-control-allow-methods': method,
    ...(asked.length === 0 ? {} : { 'access-control-allow-headers': asked.join(',') }),
    ...(maxAgeSeconds === 0 ? {} : { 'access-control-max-age': String(maxAgeSeconds) }),
  };
}
