import type { GatewayContext } from '../env.ts';
import { replyJson } from '../reply.ts';
import { versionsJson } from '../wire/versions.ts';
import type { BaseUrl } from './base-url.ts';
import type { Handler, Resource } from './resource.ts';

/** `GET /versions`, and the 300 that `/` and every unknown first segment get. */
export function versionRoutes(baseUrl: BaseUrl): {
  readonly resources: readonly Resource[];
  readonly choices: Handler;
} {
  const answer =
    (status: number) =>
    (c: GatewayContext): Response =>
      replyJson(c, versionsJson(baseUrl(c)), { status });
  const all = answer(200);
  const choices = answer(300);
  return {
    resources: [
      { path: '/', methods: everyMethod(choices) },
      { path: '/versions', methods: everyMethod(all) },
      { path: '/versions/', methods: everyMethod(all) },
    ],
    choices,
  };
}

function everyMethod(handler: Handler): Resource['methods'] {
  return {
    GET: handler,
    HEAD: handler,
    POST: handler,
    PUT: handler,
    PATCH: handler,
    DELETE: handler,
  };
}
