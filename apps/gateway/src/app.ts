import { AppError, type IdentityProvider } from '@parallax/core';
import type { CorsConfig } from '@parallax/runtime';
import type { AnyContext } from '@parallax/services';
import { Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import type { GatewayContext, GatewayEnv } from './env.ts';
import { authenticate } from './middleware/authenticate.ts';
import type { ClientRegions } from './middleware/client-region.ts';
import { cors, options } from './middleware/cors.ts';
import { errorHandler } from './middleware/errors.ts';
import { framing } from './middleware/framing.ts';
import { withoutIdentityHeaders } from './middleware/identity-headers.ts';
import type { RequestMetrics } from './middleware/request-metrics.ts';
import { telemetry } from './middleware/telemetry.ts';
import { baseUrlFrom } from './routes/base-url.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { federationRoutes } from './routes/federation.ts';
import { healthcheckRoutes } from './routes/healthcheck.ts';
import { imageActionRoutes } from './routes/image-actions.ts';
import { type DataSlots, imageDataRoutes } from './routes/image-data.ts';
import { imageImportRoutes } from './routes/image-import.ts';
import { imageMemberRoutes } from './routes/image-members.ts';
import { imageTagRoutes } from './routes/image-tags.ts';
import { imageTaskRoutes } from './routes/image-tasks.ts';
import { imageRoutes } from './routes/images.ts';
import { type Handler, mount, notFound } from './routes/resource.ts';
import { schemaRoutes } from './routes/schemas.ts';
import { storeCopyRoutes } from './routes/store-copies.ts';
import { versionRoutes } from './routes/versions.ts';
import type { Services } from './services.ts';
import { canonicalPath } from './wire/versions.ts';

export interface AppDependencies {
  readonly deployment: AnyContext;
  readonly services: Services;
  readonly identity: IdentityProvider;
  readonly regions: ClientRegions;
  readonly metrics: RequestMetrics;
  readonly slots: DataSlots;
  /** Base URL of links, when it is not what the client's request says. */
  readonly publicEndpoint: string | undefined;
  /** Where tokens come from, for 401 answers. */
  readonly authenticateUri: string | undefined;
  readonly cors: CorsConfig | undefined;
  draining(): boolean;
}

/** The whole HTTP face. No I/O of its own; it writes on the node:http socket in `c.env`, so it runs behind `createGatewayServer` only. */
export function buildApp(deps: AppDependencies): Hono<GatewayEnv> {
  const { services, draining } = deps;
  const { log } = deps.deployment;
  const app = new Hono<GatewayEnv>({ getPath: pathOf });
  const baseUrl = baseUrlFrom({
    publicEndpoint: deps.publicEndpoint,
    isTrustedProxy: (socket) => deps.regions.isTrustedProxy(socket),
  });
  const versions = versionRoutes(baseUrl);

  app.onError(errorHandler({ log, metrics: deps.metrics }));
  app.use(telemetry({ log, metrics: deps.metrics, draining }), cors(deps.cors), framing());
  mount(app, healthcheckRoutes(draining));
  app.use(options(deps.cors), withoutIdentityHeaders());
  mount(app, versions.resources);
  const authenticated = authenticate(deps);
  app.use('/v2/*', authenticated);
  app.use('/federation/*', authenticated);
  mount(app, [
    ...imageRoutes(services, baseUrl),
    ...imageDataRoutes(services, deps.slots),
    ...imageImportRoutes(services),
    ...imageTaskRoutes(services),
    ...imageTagRoutes(services),
    ...imageMemberRoutes(services),
    ...imageActionRoutes(services),
    ...schemaRoutes(),
    ...discoveryRoutes(services),
    ...storeCopyRoutes(services),
    ...federationRoutes(services),
  ]);
  app.notFound((c) => answerUnknown(c, versions.choices));
  return app;
}

/** First segments that are ours; behind every other one Glance's version list is found. */
const OWN_SEGMENTS: ReadonlySet<string> = new Set([
  'v2',
  'federation',
  'console',
  'healthcheck',
  'versions',
]);
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
]);

function answerUnknown(c: GatewayContext, choices: Handler): Response | Promise<Response> {
  const [, segment = ''] = c.req.path.split('/', 2);
  if (!OWN_SEGMENTS.has(segment)) return choices(c);
  if (!KNOWN_METHODS.has(c.env.incoming.method ?? '')) throw new AppError('not_implemented');
  throw notFound();
}

/** The path as the client wrote it: a URL would resolve `..` and drop what follows a `#`, which Glance does not. */
function pathOf(request: Request, o?: { readonly env?: GatewayEnv['Bindings'] }): string {
  const { incoming } = o?.env ?? {};
  const target = incoming?.url ?? '';
  const path = target.startsWith('/') ? writtenPath(target) : getPath(request);
  return canonicalPath(path, incoming?.headers.accept);
}

/** Clients put the slash of a path behind that of an endpoint, with a version in it or without. */
const DOUBLED = /^\/+(?:(v2(?:\.\d+)?\/)\/*)?/;

/** Unescaped but for slashes and percent signs, which the values of parameters keep. */
function writtenPath(target: string): string {
  const path = (target.split('?', 1)[0] ?? '').replace(DOUBLED, '/$1');
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path.replaceAll('%25', '%2525'));
  } catch {
    return path; // Answered 400 once the request is looked at.
  }
}
