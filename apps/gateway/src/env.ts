import type { HttpBindings } from '@hono/node-server';
import type { TraceContext } from '@parallax/runtime';
import type { ServiceContext } from '@parallax/services';
import type { Context } from 'hono';

/** What every request carries through Hono. */
export interface GatewayEnv {
  Bindings: HttpBindings & {
    /** Set by a listener that serves one region only. */
    readonly listenerRegion?: string | undefined;
  };
  Variables: {
    requestId: string;
    trace: TraceContext;
    /** Pattern of the matched resource: a label that does not grow with the images. */
    route: string | undefined;
    /** Present behind authentication. */
    ctx: ServiceContext | undefined;
  };
}

export type GatewayContext = Context<GatewayEnv>;
