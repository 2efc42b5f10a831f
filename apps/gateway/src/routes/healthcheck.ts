import type { GatewayContext } from '../env.ts';
import { reply } from '../reply.ts';
import type { Resource } from './resource.ts';

/** For load balancers: 503 from the moment the process shall get no new work. Details are on the admin listener. */
export function healthcheckRoutes(draining: () => boolean): readonly Resource[] {
  const answer = (c: GatewayContext): Response => {
    const headers = { 'content-type': 'text/plain; charset=UTF-8' };
    return draining()
      ? reply(c, { status: 503, headers, body: 'DRAINING' })
      : reply(c, { status: 200, headers, body: 'OK' });
  };
  return [{ path: '/healthcheck', methods: { GET: answer, HEAD: answer } }];
}
