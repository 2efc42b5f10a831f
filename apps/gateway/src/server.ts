import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { getRequestListener } from '@hono/node-server';
import { AppError, type Logger } from '@parallax/core';
import type { Hono } from 'hono';
import type { GatewayEnv } from './env.ts';
import { errorPage } from './wire/error-page.ts';

/** Between two requests of one connection: longer than load balancers keep theirs. */
const KEEP_ALIVE_MS = 75_000;
/** How often slow heads are looked for, at most. */
const LOOK_MS = 5000;
const HANDSHAKE_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** For HTTP/1.0 clients, which need not send Host: health checks of load balancers do not. Node refuses later versions without it. */
const HOST_OF_NONE = 'localhost';

export interface GatewayServerOptions {
  readonly app: Hono<GatewayEnv>;
  readonly log: Logger;
  /** Region of every client of this listener. */
  readonly region?: string | undefined;
  /** Undefined: plain HTTP. */
  readonly tls?: TlsOptions | undefined;
  /** Heads that take longer are answered 408. */
  readonly headersMs: number;
  /** Most at a time; more are closed. */
  readonly connections: number;
}

/** A listener for the app, not listening yet. */
export function createGatewayServer({
  app,
  log,
  region,
  tls,
  headersMs,
  connections,
}: GatewayServerOptions): Server {
  const options = {
    // Bodies last as long as they must; whoever reads them watches their progress.
    requestTimeout: 0,
    headersTimeout: headersMs,
    connectionsCheckingInterval: Math.min(headersMs / 2, LOOK_MS),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Keep-alive answers must not wait for a packet to fill.
    noDelay: true,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({ ...options, handshakeTimeout: HANDSHAKE_MS, ...tls });
  server.maxConnections = connections;
  const listener = getRequestListener(
    (request, env) =>
      // node-server hands out node:http's own pair; HTTP/2 is not spoken here.
      app.fetch(request, { ...(env as GatewayEnv['Bindings']), listenerRegion: region }),
    { overrideGlobalObjects: false, autoCleanupIncoming: false, hostname: HOST_OF_NONE },
  );
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    // Without a listener a reset by the client would be an uncaught exception.
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    if (!isReadable(incoming)) refuse(incoming, outgoing);
    else void listener(incoming, outgoing);
  };
  server.on('request', answer);
  // Routes say "continue" themselves, once a request has passed its checks.
  server.on('checkContinue', answer);
  server.on('error', (err) => log.error({ err }, 'listener failed'));
  return server;
}

/** What cannot be made a URL never reaches the app, nor does HTTP/0.9, which has no status to answer with. */
function isReadable({ url = '', headers, httpVersionMajor }: IncomingMessage): boolean {
  if (httpVersionMajor < 1) return false;
  const target = url.startsWith('/') ? `http://${headers.host ?? HOST_OF_NONE}${url}` : url;
  return !target.includes('\\') && URL.canParse(target);
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const error = new AppError('invalid_request', 'The request target or Host is not valid.');
  const { status, headers, body } = errorPage(error, incoming.headers.accept);
  outgoing.writeHead(status, { ...headers, connection: 'close' }).end(body);
}
