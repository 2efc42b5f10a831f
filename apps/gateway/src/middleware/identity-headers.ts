import type { IncomingMessage } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from '../env.ts';

/**
 * What Keystone's middleware for WSGI tells services about a request, and nobody else may (glance-v2-ops.md §1.1), with
 * their old names; `_` for `-` because some servers take one for the other. Tokens themselves are not among them.
 */
const CLAIMS =
  /^(x[-_](user|project|tenant|domain|role|roles|identity|is[-_]admin|service)|openstack[-_]system[-_]scope)([-_]|$)/i;
const SERVICE_TOKEN = 'x-service-token';

/** Removes what claims an identity, so that nothing behind can believe it by mistake. */
export function withoutIdentityHeaders(): MiddlewareHandler<GatewayEnv> {
  return (c, next) => {
    stripClaims(c.env.incoming);
    return next();
  };
}

export function stripClaims({ headers, rawHeaders }: IncomingMessage): void {
  let found = false;
  for (const name of Object.keys(headers)) {
    if (!isClaim(name)) continue;
    delete headers[name];
    found = true;
  }
  if (!found) return;
  const kept = rawHeaders.filter((_, i) => !isClaim(rawHeaders[i - (i % 2)] ?? ''));
  rawHeaders.splice(0, rawHeaders.length, ...kept);
}

function isClaim(name: string): boolean {
  return CLAIMS.test(name) && name.toLowerCase() !== SERVICE_TOKEN;
}
