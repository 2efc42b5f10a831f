import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, type Identity, type IdentityProvider, isAppError } from '@parallax/core';
import { formatTraceparent } from '@parallax/runtime';
import type { AnyContext } from '@parallax/services';
import type { MiddlewareHandler } from 'hono';
import type { GatewayContext, GatewayEnv } from '../env.ts';
import type { ClientRegions } from './client-region.ts';

const REFUSED =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.';

/** Of what is known of an administrator who removes or steers something. */
const DESTRUCTIVE_AGE_MS = 5000;

export interface AuthenticateOptions {
  readonly deployment: AnyContext;
  readonly identity: IdentityProvider;
  readonly regions: ClientRegions;
  /** Where tokens come from, for `WWW-Authenticate`. */
  readonly authenticateUri: string | undefined;
}

/** Puts the context of the use cases in place, or answers 401. Identity comes from the token alone: headers that claim one are never read. */
export function authenticate(o: AuthenticateOptions): MiddlewareHandler<GatewayEnv> {
  const challenge =
    o.authenticateUri === undefined ? 'Keystone' : `Keystone uri="${o.authenticateUri}"`;
  const refuse = (cause?: unknown): AppError =>
    new AppError('unauthorized', REFUSED, { cause, context: { authenticate: challenge } });
  return async (c, next) => {
    const { incoming, outgoing } = c.env;
    const token = headerOf(incoming, 'x-auth-token') ?? headerOf(incoming, 'x-storage-token');
    if (token === undefined) throw refuse();
    const client = new ClientPresence(outgoing);
    const identity = await identify(o.identity, token, incoming, client.signal).catch(
      (error: unknown) => {
        throw isAppError(error, 'unauthorized') ? refuse(error) : error;
      },
    );
    c.set('ctx', requestContext(o, c, identity, client));
    await next();
  };
}

async function identify(
  provider: IdentityProvider,
  token: string,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<Identity> {
  const { method = '', url = '' } = incoming;
  const path = url.split('?', 1)[0] ?? '';
  const serviceToken = headerOf(incoming, 'x-service-token');
  const call = { serviceToken, request: { method, path }, signal };
  const identity = await provider.authenticate(token, call);
  // What an administrator takes away from everybody shall not hang on a token that was revoked a minute ago.
  if (!identity.isAdmin || !isDestructive(method, path)) return identity;
  return provider.authenticate(token, { ...call, maxAgeMs: DESTRUCTIVE_AGE_MS });
}

function isDestructive(method: string, path: string): boolean {
  return method === 'DELETE' || (method !== 'GET' && path.startsWith('/federation/'));
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function requestContext(
  o: AuthenticateOptions,
  c: GatewayContext,
  identity: Identity,
  client: ClientPresence,
) {
  return {
    ...o.deployment,
    identity: { ...identity, isAdmin: o.deployment.access.isAdmin(identity) },
    requestId: c.get('requestId'),
    clientRegion: o.regions.regionOf(c.env.incoming, c.env.listenerRegion),
    trace: formatTraceparent(c.get('trace')),
    signal: client.signal,
  };
}

/** Aborted when the client leaves before it has its answer. */
class ClientPresence {
  readonly #controller = new AbortController();

  constructor(outgoing: ServerResponse) {
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) {
        this.#controller.abort(new AppError('cancelled', 'the client closed the connection'));
      }
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
