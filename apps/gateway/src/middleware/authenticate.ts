import type { ServerResponse } from 'node:http';
import { AppError, type Identity, type IdentityProvider, isAppError } from '@parallax/core';
import { formatTraceparent } from '@parallax/runtime';
import type { AnyContext } from '@parallax/services';
import type { MiddlewareHandler } from 'hono';
import type { GatewayContext, GatewayEnv } from '../env.ts';
import type { ClientRegions } from './client-region.ts';

const REFUSED =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.';

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
    const token = c.env.incoming.headers['x-auth-token'];
    if (typeof token !== 'string' || token === '') throw refuse();
    const client = new ClientPresence(c.env.outgoing);
    const identity = await o.identity
      .authenticate(token, { signal: client.signal })
      .catch((error: unknown) => {
        throw isAppError(error, 'unauthorized') ? refuse(error) : error;
      });
    c.set('ctx', requestContext(o, c, identity, client));
    await next();
  };
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
