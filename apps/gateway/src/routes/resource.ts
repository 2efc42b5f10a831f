import { AppError } from '@parallax/core';
import type { ServiceContext } from '@parallax/services';
import type { Hono } from 'hono';
import type { GatewayContext, GatewayEnv } from '../env.ts';
import { isImageId } from '../wire/image-id.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Handler = (c: GatewayContext) => Response | Promise<Response>;

/** One path and what can be done with it. */
export interface Resource {
  readonly path: string;
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** Methods that refuse a body (glance-v2.md §1.1). */
  readonly bodyless?: readonly Method[];
  /** What other methods are answered; Glance declares no fallback for some paths. */
  readonly otherwise?: 'method_not_allowed' | 'not_found';
}

const mounted = new WeakMap<Hono<GatewayEnv>, Resource[]>();

/** Adds resources in order: static paths must come before templates that match them too. */
export function mount(app: Hono<GatewayEnv>, resources: readonly Resource[]): void {
  mounted.set(app, [...(mounted.get(app) ?? []), ...resources]);
  for (const resource of resources) {
    app.all(resource.path, (c) => dispatch(resource, c));
  }
}

/** `GET /v2/images/:imageId` and so on: whatever the app answers on purpose, for tests that must know all of it. */
export function routesOf(app: Hono<GatewayEnv>): readonly string[] {
  return (mounted.get(app) ?? []).flatMap(({ path, methods }) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
}

function dispatch(resource: Resource, c: GatewayContext): Response | Promise<Response> {
  c.set('route', resource.path);
  // Hono routes HEAD as GET; Glance does not know it.
  const method = toMethod(c.env.incoming.method);
  const handler = method === undefined ? undefined : resource.methods[method];
  if (method === undefined || handler === undefined) throw notAllowed(resource, c);
  if (resource.bodyless?.includes(method) === true) refuseBody(method, c);
  return handler(c);
}

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

function toMethod(name: string | undefined): Method | undefined {
  return METHODS.find((known) => known === name);
}

function notAllowed(resource: Resource, c: GatewayContext): AppError {
  if (resource.otherwise === 'not_found') return notFound();
  const allow = Object.keys(resource.methods).sort().join(', ');
  return new AppError(
    'method_not_allowed',
    `The method ${c.env.incoming.method ?? ''} is not allowed for this resource.`,
    { context: { allow } },
  );
}

function refuseBody(method: Method, c: GatewayContext): void {
  const { headers } = c.env.incoming;
  const sends = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const chunked = sends && headers['transfer-encoding'] !== undefined;
  if (chunked || Number(headers['content-length'] ?? 0) > 0) {
    throw new AppError('invalid_request', 'A body is not expected with this request.');
  }
}

export function notFound(): AppError {
  return new AppError('not_found', 'The resource could not be found.');
}

/** The context of an authenticated request. */
export function contextOf(c: GatewayContext): ServiceContext {
  const ctx = c.get('ctx');
  if (ctx === undefined) throw new AppError('internal', 'route without authentication');
  return ctx;
}

/** The image the path names. What can be no id gets the answer of an image that is not there. */
export function imageIdOf(c: GatewayContext): string {
  const id = param(c, 'imageId');
  if (isImageId(id)) return id;
  throw new AppError('not_found', `No image found with ID ${id.slice(0, 255)}`);
}

export function param(c: GatewayContext, name: string): string {
  return c.req.param(name) ?? '';
}

/** The request's query; repeated keys are kept. */
export function queryOf(c: GatewayContext): URLSearchParams {
  const url = c.env.incoming.url ?? '';
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
}
